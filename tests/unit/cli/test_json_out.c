#include "test.h"

#include <stdio.h>

#include "json_out.h"

static void strings_are_escaped_as_python_does(void **state)
{
    static const char given[] = "a\"\\\n\r\t\b\f\x01\x7f\0\xc3\xbc/";
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    (void)state;
    json_out_string(out, (struct slice){given, sizeof(given) - 1});
    fclose(out);
    assert_string_equal(text, "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\x7f\\u0000\xc3\xbc/\"");
    free(text);
}

static void bytes_become_base64(void **state)
{
    static const char *const cases[][2] = {{"f", "Zg=="},        {"fo", "Zm8="},
                                           {"foo", "Zm9v"},      {"foob", "Zm9vYg=="},
                                           {"\xff\xfe", "//4="}, {"foobar", "Zm9vYmFy"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *text;
        size_t size;
        FILE *in = fmemopen((void *)(uintptr_t)cases[i][0], strlen(cases[i][0]), "r");
        FILE *out = open_memstream(&text, &size);
        json_out_base64(out, in);
        fclose(in);
        fclose(out);
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_escaped_as_python_does),
        cmocka_unit_test(bytes_become_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
