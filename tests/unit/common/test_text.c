#include "test.h"

#include "text.h"

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
    (void)state;
    const struct {
        const char *bytes, *text;
    } cases[] = {
        {"\xc3\xa9", "\xc3\xa9"},
        {"a\xc3", "a\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
        {"\xf0\x9f\x98\x80\xff", "\xf0\x9f\x98\x80\xef\xbf\xbd"},
        {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *json = text_to_json(cases[i].bytes, strlen(cases[i].bytes));
        assert_string_equal(json_string_value(json), cases[i].text);
        json_decref(json);
    }
}

static void log_text_cannot_forge_a_line(void **state)
{
    (void)state;
    char out[16];
    assert_string_equal(text_for_log(out, sizeof(out), "a\nb\"", 4), "a\\x0ab\\x22");
    assert_string_equal(text_for_log(out, 4, "\n", 1), "");
    assert_string_equal(text_for_log(out, 4, "abcdef", 6), "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(log_text_cannot_forge_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
