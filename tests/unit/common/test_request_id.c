#include "test.h"

#include "request_id.h"

static void usable_request_ids_are_kept(void **state)
{
    (void)state;
    char id[REQUEST_ID_CAPACITY], other[REQUEST_ID_CAPACITY];
    request_id_choose(id, "a-1:b/c", 7);
    assert_string_equal(id, "a-1:b/c");
    request_id_choose(id, "a b", 3);
    assert_int_equal(strlen(id), 32);
    request_id_choose(other, NULL, 0);
    assert_int_equal(strlen(other), 32);
    assert_string_not_equal(id, other);

    char longest[REQUEST_ID_CAPACITY];
    memset(longest, 'x', sizeof(longest));
    request_id_choose(id, longest, sizeof(longest) - 1);
    assert_int_equal(strlen(id), 128);
    request_id_choose(id, longest, sizeof(longest));
    assert_int_equal(strlen(id), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usable_request_ids_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
