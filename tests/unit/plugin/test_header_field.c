#include "test.h"

#include "header_field.h"

static void finds_headers_by_whole_name(void **state)
{
    (void)state;
    struct slice head = slice_of("Content-Type-X: 1\r\nContent-Type:\t2\r\n");
    assert_slice(header_field(head, "content-type"), "2");
    assert_null(header_field(head, "Content").data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_headers_by_whole_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
