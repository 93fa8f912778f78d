/* forms/references.c: inputs that name contents, and the option keep, in JSON and multipart. */
#include "test.h"

#include <stdio.h>

#include "decoded.h"
#include "multipart.h"
#include "references.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* What the head names: A and B. */
static struct known_content contents[2];

static void know(content_forms of_a, content_forms of_b)
{
    contents[0] =
        (struct known_content){.forms = of_a, .table_format = reference_table_format(of_a)};
    contents[1] =
        (struct known_content){.forms = of_b, .table_format = reference_table_format(of_b)};
    memcpy(contents[0].digest, A, CONTENT_DIGEST);
    memcpy(contents[1].digest, B, CONTENT_DIGEST);
}

static void begin(struct decoded *decoded)
{
    execution_request_init(&decoded->request);
    decoded->request.contents = contents;
    decoded->request.content_count = 2;
}

static struct decoded from_json(const char *inputs, const char *options)
{
    char body[1024];
    struct decoded decoded = {0};
    snprintf(body, sizeof(body), "{\"options\":{%s},\"inputs\":[%s],\"script\":\"x\"}", options,
             inputs);
    begin(&decoded);
    decoded.ok = decode_json_request(&decoded.request, slice_of(body), &decoded.error) &&
                 references_check(&decoded.request, &decoded.error) &&
                 keep_check(&decoded.request, &decoded.error);
    return decoded;
}

/* A part of that name and media type after the script. */
static struct decoded from_part(const char *name, const char *type, const char *content)
{
    static char body[1024];
    struct decoded decoded = {0};
    struct multipart multipart = {0};
    snprintf(body, sizeof(body),
             "--b\r\nContent-Disposition: form-data; name=\"script\"\r\n\r\nx\r\n--b\r\n"
             "Content-Disposition: form-data; name=\"%s\"\r\nContent-Type: %s\r\n\r\n%s\r\n--b--"
             "\r\n",
             name, type, content);
    begin(&decoded);
    assert_true(multipart_init(&multipart, slice_of("b")));
    assert_int_equal(multipart_feed(&multipart, slice_of(body)), MULTIPART_DONE);
    decoded.ok =
        decode_multipart_request(&decoded.request, slice_of(body), &multipart, &decoded.error);
    multipart_finish(&multipart);
    return decoded;
}

static void a_reference_is_what_its_type_says(void **state)
{
    (void)state;
    know(1U << CONTENT_CSV, 1U << CONTENT_FILE);
    struct decoded decoded = from_json("{\"type\":\"table\",\"sha256\":\"" A "\"},"
                                       "{\"sha256\":\"" B "\",\"type\":\"file\"},"
                                       "{\"type\":\"object\",\"sha256\":\"" B "\"},"
                                       "{\"type\":\"file\",\"sha256\":\"" A "\"}",
                                       "");
    assert_true(decoded.ok);
    const struct input *inputs = decoded.request.inputs;
    assert_ptr_equal(inputs[0].reference, &contents[0]);
    assert_int_equal(inputs[0].type, INPUT_TABLE);
    assert_int_equal(inputs[0].table_format, TABLE_CSV);
    assert_ptr_equal(inputs[1].reference, &contents[1]);
    assert_int_equal(inputs[1].type, INPUT_FILE);
    assert_int_equal(inputs[2].type, INPUT_OBJECT);
    assert_int_equal(inputs[3].type, INPUT_FILE);
    execution_request_finish(&decoded.request);
}

static void a_part_becomes_what_was_kept_and_says_most(void **state)
{
    (void)state;
    static const struct {
        content_forms forms;
        enum input_type type;
        enum table_format table_format;
    } cases[] = {
        {1U << CONTENT_FILE, INPUT_FILE, TABLE_DEFAULT},
        {1U << CONTENT_PICKLE, INPUT_OBJECT, TABLE_DEFAULT},
        {1U << CONTENT_PICKLE | 1U << CONTENT_FILE, INPUT_OBJECT, TABLE_DEFAULT},
        {1U << CONTENT_CSV | 1U << CONTENT_FILE, INPUT_TABLE, TABLE_CSV},
        {1U << CONTENT_DATARESOURCE, INPUT_TABLE, TABLE_JSON},
        {1U << CONTENT_ARROW, INPUT_TABLE, TABLE_ARROW},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        know(cases[i].forms, 0);
        struct decoded decoded = from_part("input", "Application/vnd.StandPy.sha256; x=y", A);
        assert_true(decoded.ok);
        assert_int_equal(decoded.request.inputs[0].type, cases[i].type);
        assert_int_equal(decoded.request.inputs[0].table_format, cases[i].table_format);
        execution_request_finish(&decoded.request);
        decoded = from_part("file", REFERENCE_MEDIA_TYPE, A);
        assert_true(decoded.ok && decoded.request.inputs[0].reference);
        assert_int_equal(decoded.request.inputs[0].type, INPUT_FILE);
        execution_request_finish(&decoded.request);
    }
}

static void references_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    know(1U << CONTENT_FILE, 1U << CONTENT_PICKLE);
    static const struct {
        const char *inputs, *detail;
    } cases[] = {
        {"{\"type\":\"file\",\"sha256\":\"" C "\"}", "input 1 names the content " C ", but"},
        {"{\"type\":\"file\",\"sha256\":\"" A "a\"}", "input 1: the sha256"},
        {"{\"type\":\"file\",\"sha256\":7}", "input 1: the sha256"},
        {"{\"type\":\"file\",\"sha256\":\"" A "\"}", "names " B ", but no input does"},
        {"{\"type\":\"table\",\"sha256\":\"" A "\"}", "input 1: the content was not kept as"},
        {"{\"type\":\"value\",\"sha256\":\"" A "\"}", "unexpected member \"sha256\""},
        {"{\"type\":\"file\",\"sha256\":\"" A "\",\"text\":\"\"}", "unexpected member \"text\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        know(1U << CONTENT_FILE, 1U << CONTENT_PICKLE);
        assert_refused(from_json(cases[i].inputs, ""), PROBLEM_MALFORMED_REQUEST, cases[i].detail);
    }
    const char *collection = "{\"type\":\"collection\",\"items\":{\"a\":[],\"b\":"
                             "{\"type\":\"file\",\"sha256\":\"" C "\"}}}";
    assert_refused(from_json(collection, ""), PROBLEM_MALFORMED_REQUEST, "names the content " C);
    assert_refused(from_part("input", REFERENCE_MEDIA_TYPE, C), PROBLEM_MALFORMED_REQUEST, C);
    assert_refused(from_part("file", REFERENCE_MEDIA_TYPE, A "\n"), PROBLEM_MALFORMED_REQUEST,
                   "input 1: the sha256");
}

#define BOTH "{\"type\":\"file\",\"sha256\":\"" A "\"},{\"type\":\"object\",\"sha256\":\"" B "\"}"

static void places_to_keep_are_read_once_the_inputs_are_there(void **state)
{
    (void)state;
    know(1U << CONTENT_FILE, 1U << CONTENT_PICKLE);
    struct decoded decoded = from_json(BOTH, "\"keep\":[1,0,1]");
    assert_true(decoded.ok);
    assert_int_equal(decoded.request.keep_count, 2);
    assert_int_equal(decoded.request.keep[0], 1);
    assert_int_equal(decoded.request.keep[1], 0);
    execution_request_finish(&decoded.request);
    static const char *const wrong[] = {"[2]", "[-1]", "[0.5]", "[true]", "{}", "0", "null"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        char option[64];
        snprintf(option, sizeof(option), "\"keep\":%s", wrong[i]);
        know(0, 0);
        assert_refused(from_json(BOTH, option), PROBLEM_MALFORMED_REQUEST, "options: keep must");
    }
    assert_refused(from_json(BOTH ",{\"type\":\"value\",\"value\":1}", "\"keep\":[2]"),
                   PROBLEM_MALFORMED_REQUEST, "keep names the place 2, which is a value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reference_is_what_its_type_says),
        cmocka_unit_test(a_part_becomes_what_was_kept_and_says_most),
        cmocka_unit_test(references_that_lead_nowhere_are_refused),
        cmocka_unit_test(places_to_keep_are_read_once_the_inputs_are_there),
    };
    return cmocka_run_group_tests_name("references", tests, NULL, NULL);
}
