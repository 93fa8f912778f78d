#include "test.h"

#include "report.h"

static void a_report_ends_with_what_was_printed(void **state)
{
    (void)state;
    struct execution_result result = {
        .ok = true, .decode_ms = 0.1, .run_ms = 12.3456789, .encode_ms = 0, .init_ms = -1000};
    struct report_context context = {"id", slice_of("out\xff\n"), slice_of(""), 1.5};
    char *tail = report_tail(&result, &context);
    assert_string_equal(
        tail, ",\"stdout\":\"out\xef\xbf\xbd\\n\",\"stderr\":\"\","
              "\"request_id\":\"id\","
              "\"timings\":{\"queue\":1.500,\"decode\":0.100,\"run\":12.346,\"encode\":0.000}}");
    free(tail);
}

static void the_time_of_rm_init_is_there_if_that_is(void **state)
{
    (void)state;
    struct execution_result result = {.ok = true, .init_ms = 0.5};
    struct report_context context = {.request_id = "id"};
    char *tail = report_tail(&result, &context);
    assert_non_null(strstr(tail, "\"decode\":0.000,\"init\":0.500,\"run\":0.000"));
    free(tail);
}

static void a_problem_has_what_is_known_of_the_failure(void **state)
{
    (void)state;
    struct execution_result result = {
        .kind = PROBLEM_SCRIPT_PARSE_FAILED,
        .detail = slice_of("E: m"),
        .phase = slice_of("parse"),
        .exception_type = slice_of("E"),
        .exception_message = slice_of("m"),
        .exception_line = 3,
        .traceback = slice_of("t\n"),
    };
    struct report_context context = {"id", slice_of("out"), slice_of("err"), 0};
    char *text = report_problem(&result, &context);
    assert_string_equal(text, "{\"type\":\"urn:standpy:problem:script-parse-failed\","
                              "\"title\":\"Failed to parse the Python script\",\"status\":422,"
                              "\"detail\":\"E: m\",\"request_id\":\"id\",\"phase\":\"parse\","
                              "\"exception\":{\"type\":\"E\",\"message\":\"m\",\"line\":3},"
                              "\"traceback\":\"t\\n\",\"stdout\":\"out\",\"stderr\":\"err\"}");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_ends_with_what_was_printed),
        cmocka_unit_test(the_time_of_rm_init_is_there_if_that_is),
        cmocka_unit_test(a_problem_has_what_is_known_of_the_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
