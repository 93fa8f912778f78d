/* JSON as Python's json.dumps(value, ensure_ascii=False) writes it. */
#include "test.h"

#include <stdio.h>

#include "value_text.h"

/* The value that comes in pieces of `step`; NULL if it is refused. The caller frees it. */
static char *written(const char *json, size_t step)
{
    char *text = NULL;
    size_t size, length = strlen(json);
    FILE *out = open_memstream(&text, &size);
    struct value_text *value = value_text_create(out);
    bool taken = true;
    for (size_t at = 0; at < length && taken; at += step)
        taken = value_text_take(value, json + at, length - at < step ? length - at : step);
    taken = value_text_end(value) && taken;
    value_text_destroy(value);
    fclose(out);
    if (taken)
        return text;
    free(text);
    return NULL;
}

static void values_look_as_in_python(void **state)
{
    (void)state;
    const struct {
        const char *json, *text;
    } cases[] = {
        {"42", "42"},
        {" [1,2 , 3]\n", "[1, 2, 3]"},
        {"{\"a\":[1,null,0.1,\"\\u00fc\"],\"b\":{}}", "{\"a\": [1, null, 0.1, \"ü\"], \"b\": {}}"},
        {"[]", "[]"},
        {"[ ]", "[]"},
        {"{ }", "{}"},
        {"true", "true"},
        {"false", "false"},
        {"null", "null"},
        {"123456789012345678901234567890", "123456789012345678901234567890"},
        {"-0", "0"},
        {"-0.0", "-0.0"},
        {"1E5", "100000.0"},
        {"1.50", "1.5"},
        {"0.1000000000000000055511151231257827", "0.1"},
        {"1e400", "Infinity"},
        {"[NaN,Infinity,-Infinity]", "[NaN, Infinity, -Infinity]"},
        {"\"a\\/b\\\"\\\\\\n\\u001b\\u000a\\b\\f\\r\\t\"",
         "\"a/b\\\"\\\\\\n\\u001b\\n\\b\\f\\r\\t\""},
        {"\"\\ud83d\\ude00 😀\"", "\"😀 😀\""},
        {"\"\\ud83d\"", "\"\\ud83d\""},
        {"\"\\ud83dx\\ude00\\ud83d\\n\\ud83d\\ud83d\\ude00\"",
         "\"\\ud83dx\\ude00\\ud83d\\n\\ud83d😀\""},
        {"\"\\u007f\\u0000\"", "\"\x7f\\u0000\""},
        {"{\"\\u00fc\":1}", "{\"ü\": 1}"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (size_t step = 1; step < 8; step += 3) {
            char *text = written(cases[i].json, step);
            if (!text)
                fail_msg("%s", cases[i].json);
            assert_string_equal(text, cases[i].text);
            free(text);
        }
        assert_true(value_text_write(NULL, cases[i].json, strlen(cases[i].json)));
    }
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    const char *const wrong[] = {
        "",
        " ",
        "[",
        "]",
        "{",
        "}",
        "[1",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{1:2}",
        "{\"a\":1,}",
        "[1 2]",
        "1 2",
        "tru",
        "truee",
        "nan",
        "01",
        "1.",
        "-",
        "+1",
        "\"a",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\u12",
        "\"\\u12g4\"",
        "[}",
        "{]",
        "\"\xff\"",
        "\"\xc3\"",
        "\"\xc3(\"",
        "'a'",
        "\"\xed\xa0\x80\"",
        "[1]]",
        "--1",
        "-Infinityy",
        "\xef\xbb\xbf\x31",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        for (size_t step = 1; step < 8; step += 3) {
            if (written(wrong[i], step))
                fail_msg("%s", wrong[i]);
        }
    }
}

static void depth_and_numbers_are_bounded(void **state)
{
    (void)state;
    static char json[2 * VALUE_TEXT_DEPTH + 2], digits[5000];
    memset(json, '[', VALUE_TEXT_DEPTH);
    memset(json + VALUE_TEXT_DEPTH, ']', VALUE_TEXT_DEPTH);
    assert_true(value_text_write(NULL, json, strlen(json)));
    memset(json, '[', VALUE_TEXT_DEPTH + 1);
    assert_false(value_text_write(NULL, json, strlen(json)));
    memset(digits, '7', sizeof(digits));
    assert_true(value_text_write(NULL, digits, 4300));
    assert_false(value_text_write(NULL, digits, sizeof(digits)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_look_as_in_python),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(depth_and_numbers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
