/* common/: problem, text, size, request_id. */
#include "test.h"

#include "problem.h"
#include "request_id.h"
#include "size.h"
#include "text.h"

static void sizes_are_digits_and_a_unit(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } cases[] = {
        {"1", 1},
        {"500k", 512000},
        {"1m", 1048576},
        {"2G", 2147483648},
        {"0", 0},
        {"", 0},
        {"1kb", 0},
        {"-1", 0},
        {" 1", 0},
        {"1.5m", 0},
        {"k", 0},
        {"1t", 0},
        {"9223372036854775807", 9223372036854775807},
        {"9223372036854775808", 0},
        {"8589934592g", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint64_t bytes = 0;
        assert_int_equal(size_parse(cases[i].text, &bytes), cases[i].bytes != 0);
        assert_int_equal(bytes, cases[i].bytes);
    }
}

static void a_problem_is_rfc_9457(void **state)
{
    (void)state;
    size_t length;
    char *text = problem_encode(PROBLEM_NOT_FOUND, "d\xff", "id", &length);
    assert_string_equal(text, "{\"type\":\"urn:standpy:problem:not-found\",\"title\":\"Not found\","
                              "\"status\":404,\"detail\":\"d\xef\xbf\xbd\",\"request_id\":\"id\"}");
    assert_int_equal(length, strlen(text));
    free(text);
    text = problem_encode(PROBLEM_DEADLINE, "", NULL, &length);
    assert_null(strstr(text, "request_id"));
    assert_non_null(strstr(text, "504"));
    free(text);
}

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
        cmocka_unit_test(sizes_are_digits_and_a_unit),
        cmocka_unit_test(a_problem_is_rfc_9457),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(log_text_cannot_forge_a_line),
        cmocka_unit_test(usable_request_ids_are_kept),
    };
    return cmocka_run_group_tests_name("common", tests, NULL, NULL);
}
