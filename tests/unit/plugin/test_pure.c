/* The small pure files: route, media types, info, report, environment answers. */
#include "test.h"

#include "accept.h"
#include "environment.h"
#include "info_document.h"
#include "media_type.h"
#include "report.h"
#include "route.h"

static enum route route(const char *method, const char *path, const char **allow)
{
    *allow = NULL;
    return route_find(slice_of(method), slice_of(path), allow);
}

static void paths_and_methods_are_exact(void **state)
{
    (void)state;
    const char *allow;
    assert_int_equal(route("POST", "/execute", &allow), ROUTE_EXECUTE);
    assert_int_equal(route("GET", "/info", &allow), ROUTE_INFO);
    assert_int_equal(route("HEAD", "/healthz", &allow), ROUTE_HEALTHZ);
    assert_int_equal(route("GET", "/execute/", &allow), ROUTE_NOT_FOUND);
    assert_int_equal(route("GET", "", &allow), ROUTE_NOT_FOUND);
    assert_int_equal(route("post", "/execute", &allow), ROUTE_METHOD_NOT_ALLOWED);
    assert_string_equal(allow, "POST");
    assert_int_equal(route("DELETE", "/info", &allow), ROUTE_METHOD_NOT_ALLOWED);
    assert_string_equal(allow, "GET, HEAD");
}

static void media_types_have_parameters(void **state)
{
    (void)state;
    char value[PARAMETER_CAPACITY];
    size_t length;
    struct slice type = slice_of(" multipart/form-data ; charset=x; Boundary=\"a;\\\"b\" ");
    assert_slice(media_type_essence(type), "multipart/form-data");
    assert_true(media_type_parameter(type, "boundary", value, &length));
    assert_string_equal(value, "a;\"b");
    assert_int_equal(length, 4);
    assert_false(media_type_parameter(type, "bound", value, &length));
    assert_false(media_type_parameter(slice_of("a/b; boundary"), "boundary", value, &length));
    assert_true(media_type_parameter(slice_of("a/b;boundary="), "boundary", value, &length));
    assert_int_equal(length, 0);
}

static void parameters_too_long_for_their_place_are_refused(void **state)
{
    (void)state;
    char text[PARAMETER_CAPACITY + 20] = "a/b;c=";
    memset(text + 6, 'x', PARAMETER_CAPACITY);
    char value[PARAMETER_CAPACITY];
    size_t length;
    assert_false(media_type_parameter(slice_of(text), "c", value, &length));
}

static void info_is_the_guides_six_keys_in_order(void **state)
{
    (void)state;
    struct info info = {"example-project-environment", 0, 5, 762, 4};
    char *text = info_document(&info);
    assert_string_equal(text, "{\n"
                              "    \"environment\": \"example-project-environment\",\n"
                              "    \"max_requests\": null,\n"
                              "    \"timeout\": 5,\n"
                              "    \"version\": \"" STANDPY_VERSION "\",\n"
                              "    \"worker_uptime\": 762,\n"
                              "    \"workers\": 4\n"
                              "}");
    free(text);
    info.max_requests = 100;
    text = info_document(&info);
    assert_non_null(strstr(text, "\"max_requests\": 100,"));
    free(text);
}

static void a_report_ends_with_what_was_printed(void **state)
{
    (void)state;
    struct execution_result result = {
        .ok = true, .decode_ms = 0.1, .run_ms = 12.3456789, .encode_ms = 0};
    struct report_context context = {"id", slice_of("out\xff\n"), slice_of(""), 1.5};
    char *tail = report_tail(&result, &context);
    assert_string_equal(
        tail, ",\"stdout\":\"out\xef\xbf\xbd\\n\",\"stderr\":\"\","
              "\"request_id\":\"id\","
              "\"timings\":{\"queue\":1.500,\"decode\":0.100,\"run\":12.346,\"encode\":0.000}}");
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

static void the_interpreters_answer_is_five_lines(void **state)
{
    (void)state;
    struct environment environment;
    char good[] = "/usr/bin/python3\n/usr\n3.11\n/usr/lib/libpython3.11.so.1.0\n\n";
    assert_true(environment_parse(&environment, good));
    assert_string_equal(environment.library, "/usr/lib/libpython3.11.so.1.0");
    char without_library[] = "/usr/bin/python3\n/usr\n3.11\n\n\n";
    assert_true(environment_parse(&environment, without_library));
    assert_string_equal(environment.library, "");
    char pypy[] = "/usr/bin/python3\n/usr\n3.11\n\nPyPy\n";
    assert_true(environment_parse(&environment, pypy));
    assert_string_equal(environment.kind, "PyPy");
    char short_one[] = "/usr/bin/python3\n/usr\n3.11\n\n";
    assert_false(environment_parse(&environment, short_one));
    char python2[] = "/usr/bin/python\n/usr\n2.7\n\n\n";
    assert_false(environment_parse(&environment, python2));
}

static void the_answer_has_the_form_that_the_client_likes_best(void **state)
{
    (void)state;
    const struct {
        const char *accept;
        bool fits;
        enum answer_form form;
    } cases[] = {
        {"", true, ANSWER_JSON},
        {"*/*", true, ANSWER_JSON},
        {"application/json", true, ANSWER_JSON},
        {"APPLICATION/JSON;charset=utf-8", true, ANSWER_JSON},
        {"application/*", true, ANSWER_JSON},
        {"multipart/mixed", true, ANSWER_MULTIPART},
        {"multipart/mixed, */*;q=0.1", true, ANSWER_MULTIPART},
        {"text/html, text/*;q=0.5", true, ANSWER_CSV},
        {"text/csv;q=0.2, application/octet-stream;q=0.9", true, ANSWER_BINARY},
        {"application/vnd.apache.arrow.stream", true, ANSWER_ARROW},
        {"application/json;q=0, */*", true, ANSWER_MULTIPART},
        {"application/json;q=0", false, ANSWER_JSON},
        {"text/html", false, ANSWER_JSON},
        {"json", false, ANSWER_JSON},
        {"text/csv;q=x", false, ANSWER_JSON},
        {",,", false, ANSWER_JSON},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        enum answer_form form;
        if (accept_choose(slice_of(cases[i].accept), &form) != cases[i].fits ||
            (cases[i].fits && form != cases[i].form))
            fail_msg("%s", cases[i].accept);
    }
    enum answer_form form;
    assert_true(accept_choose((struct slice){NULL, 0}, &form));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_and_methods_are_exact),
        cmocka_unit_test(media_types_have_parameters),
        cmocka_unit_test(parameters_too_long_for_their_place_are_refused),
        cmocka_unit_test(info_is_the_guides_six_keys_in_order),
        cmocka_unit_test(a_report_ends_with_what_was_printed),
        cmocka_unit_test(a_problem_has_what_is_known_of_the_failure),
        cmocka_unit_test(the_interpreters_answer_is_five_lines),
        cmocka_unit_test(the_answer_has_the_form_that_the_client_likes_best),
    };
    return cmocka_run_group_tests_name("plugin", tests, NULL, NULL);
}
