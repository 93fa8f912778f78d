#include "test.h"

#include "field_syntax.h"

static void names_are_tokens(void **state)
{
    (void)state;
    assert_true(field_is_token(slice_of("X-Request_Id!#$%&'*+.^`|~09azAZ")));
    static const char *const others[] = {"", " ", "a b", "a:", "a\t", "(a)", "\xe9", "a\x7f"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_false(field_is_token(slice_of(others[i])));
    assert_false(field_is_token((struct slice){"a\0b", 3}));
}

static void values_end_no_line(void **state)
{
    (void)state;
    assert_true(field_is_value(slice_of("")));
    assert_true(field_is_value(slice_of("a\tb \xe9")));
    static const char *const others[] = {"a\r", "a\nb", "\x1b", "\x7f"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_false(field_is_value(slice_of(others[i])));
    assert_false(field_is_value((struct slice){"a\0", 2}));
}

static void lengths_are_digits(void **state)
{
    (void)state;
    uint64_t length = 7;
    assert_true(field_read_length(slice_of("0"), &length));
    assert_int_equal(length, 0);
    assert_true(field_read_length(slice_of("9223372036854775807"), &length));
    assert_int_equal(length, INT64_MAX);
    static const char *const others[] = {"",   "+1",  "-1",  " 1",
                                         "1 ", "0x1", "1,1", "9223372036854775808"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_false(field_read_length(slice_of(others[i]), &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_tokens),
        cmocka_unit_test(values_end_no_line),
        cmocka_unit_test(lengths_are_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
