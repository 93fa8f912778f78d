#include "test.h"

#include "value.h"

static void values_are_shown_so_that_blanks_are_seen(void **state)
{
    (void)state;
    char shown[VALUE_SHOWN], long_value[1000];
    assert_string_equal(value_shown(shown, "4"), "4");
    assert_string_equal(value_shown(shown, "4 "), "'4 '");
    assert_string_equal(value_shown(shown, "\"4\""), "'\"4\"'");
    assert_string_equal(value_shown(shown, "a\r\n\x7f"), "'a\\x0d\\x0a\\x7f'");
    memset(long_value, ' ', sizeof(long_value));
    long_value[sizeof(long_value) - 1] = '\0';
    assert_true(strlen(value_shown(shown, long_value)) < VALUE_SHOWN);
    assert_null(value_flaw("4"));
    assert_null(value_flaw(""));
    assert_null(value_flaw("it's"));
    assert_null(value_flaw("a, b"));
    assert_non_null(value_flaw("4\t"));
    assert_non_null(value_flaw(" 4"));
    assert_non_null(value_flaw("''"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_shown_so_that_blanks_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
