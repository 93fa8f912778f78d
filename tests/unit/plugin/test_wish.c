#include "test.h"

#include "wish.h"

static void a_wish_is_read_once(void **state)
{
    (void)state;
    struct wish wish = {0};
    char modules[MODULE_NAMES_TEXT + 1];
    assert_int_equal(wish_read(&wish, 0, modules), 0);
    wish_write(&wish, slice_of("a,b"));
    unsigned number = wish_read(&wish, 0, modules);
    assert_int_not_equal(number, 0);
    assert_string_equal(modules, "a,b");
    assert_int_equal(wish_read(&wish, number, modules), 0);
    wish_write(&wish, slice_of(""));
    assert_int_not_equal(wish_read(&wish, number, modules), 0);
    assert_string_equal(modules, "");
}

static void a_wish_that_is_not_whole_is_not_read(void **state)
{
    (void)state;
    struct wish wish = {0};
    char modules[MODULE_NAMES_TEXT + 1];
    wish_write(&wish, slice_of("a,b"));
    atomic_fetch_add(&wish.number, 1); /* the front died while it wrote */
    assert_int_equal(wish_read(&wish, 0, modules), 0);
    wish_write(&wish, slice_of("c"));
    assert_int_not_equal(wish_read(&wish, 0, modules), 0);
    assert_string_equal(modules, "c");
    wish.length = MODULE_NAMES_TEXT + 1;
    assert_int_equal(wish_read(&wish, 0, modules), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wish_is_read_once),
        cmocka_unit_test(a_wish_that_is_not_whole_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
