#include "test.h"

#include "decoded.h"
#include "multipart.h"

static struct decoded from_multipart(const char *body)
{
    struct decoded decoded = {0};
    struct multipart multipart;
    execution_request_init(&decoded.request);
    multipart_init(&multipart, slice_of("b"));
    assert_int_equal(multipart_feed(&multipart, slice_of(body)), MULTIPART_DONE);
    decoded.ok =
        decode_multipart_request(&decoded.request, slice_of(body), &multipart, &decoded.error);
    multipart_finish(&multipart);
    return decoded;
}

#define PART(headers, content)                                                                     \
    "--b\r\nContent-Disposition: form-data; " headers "\r\n\r\n" content "\r\n"
#define SCRIPT PART("name=script", "x = 1")

static void multipart_carries_inputs_in_order(void **state)
{
    (void)state;
    struct decoded decoded = from_multipart(
        PART("name=\"input\"; filename=a.csv\r\nContent-Type: text/csv; charset=utf-8",
             "a\n1") PART("name=file\r\nContent-Type: application/json", "[1]")
            SCRIPT PART("name=input\r\nContent-Type: application/json", "[1]")
                PART("name=input\r\nContent-Type: image/png", "png")
                    PART("name=input\r\nContent-Type: text/csv", "b\n") PART("name=metadata", "{}")
                        PART("name=options", "{\"macros\":{}}") "--b--");
    assert_true(decoded.ok);
    assert_slice(decoded.request.script, "x = 1");
    assert_int_equal(decoded.request.input_count, 5);
    assert_int_equal(decoded.request.inputs[0].type, INPUT_TABLE);
    assert_slice(decoded.request.inputs[0].content, "a\n1");
    assert_int_equal(decoded.request.inputs[1].type, INPUT_FILE);
    assert_slice(decoded.request.inputs[1].content, "[1]");
    assert_int_equal(decoded.request.inputs[2].type, INPUT_VALUE);
    assert_int_equal(decoded.request.inputs[3].type, INPUT_FILE);
    assert_null(decoded.request.inputs[0].metadata.data);
    assert_slice(decoded.request.inputs[4].metadata, "{}");
    assert_non_null(decoded.request.macros);
    execution_request_finish(&decoded.request);
}

static void multipart_refusals_say_what_and_where(void **state)
{
    (void)state;
    const struct {
        const char *body;
        enum problem_kind kind;
        const char *detail;
    } cases[] = {
        {PART("name=input", "x") "--b--", PROBLEM_MALFORMED_REQUEST, "no part \"script\""},
        {SCRIPT SCRIPT "--b--", PROBLEM_MALFORMED_REQUEST, "part 2: there is already a part"},
        {PART("name=scirpt", "x") "--b--", PROBLEM_MALFORMED_REQUEST, "unexpected name \"scirpt\""},
        {"--b\r\n\r\nx\r\n--b--", PROBLEM_MALFORMED_REQUEST, "part 1 has no Content-Disposition"},
        {SCRIPT PART("name=options", "{}") PART("name=options", "{}") "--b--",
         PROBLEM_MALFORMED_REQUEST, "part 3: there is already a part \"options\""},
        {PART("name=metadata", "{}") "--b--", PROBLEM_MALFORMED_REQUEST,
         "part 1: metadata goes behind an input of type text/csv"},
        {PART("name=input\r\nContent-Type: text/csv", "a") PART("name=metadata", "{}")
             PART("name=metadata", "{}") "--b--",
         PROBLEM_MALFORMED_REQUEST, "part 3: input 1 has metadata already"},
        {SCRIPT PART("name=options", "{") "--b--", PROBLEM_MALFORMED_REQUEST, "options: not JSON"},
        {SCRIPT PART("name=input\r\nContent-Type: application/json", "{") "--b--",
         PROBLEM_MALFORMED_REQUEST, "input 1: not JSON"},
        {SCRIPT PART("name=input\r\nContent-Type: text/csv; charset=latin1", "x") "--b--",
         PROBLEM_UNSUPPORTED_MEDIA_TYPE, "input 1: its charset must be UTF-8"},
        {SCRIPT PART("name=file\r\nContent-Transfer-Encoding: base64", "x") "--b--",
         PROBLEM_UNSUPPORTED_MEDIA_TYPE, "part 2: Content-Transfer-Encoding"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_refused(from_multipart(cases[i].body), cases[i].kind, cases[i].detail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multipart_carries_inputs_in_order),
        cmocka_unit_test(multipart_refusals_say_what_and_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
