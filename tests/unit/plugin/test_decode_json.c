#include "test.h"

#include "decoded.h"

static struct decoded from_json(const char *body)
{
    struct decoded decoded = {0};
    execution_request_init(&decoded.request);
    decoded.ok = decode_json_request(&decoded.request, slice_of(body), &decoded.error);
    return decoded;
}

static void json_carries_script_inputs_and_options(void **state)
{
    (void)state;
    struct decoded decoded =
        from_json("{\"options\":{\"macros\":{\"a\":\"1\"},\"table_format\":\"csv\"},"
                  "\"inputs\":[{\"type\":\"value\",\"value\":[1]},"
                  "{\"type\":\"table\",\"csv\":\"a\\n1\\n\"},"
                  "{\"type\":\"table\",\"dataresource\":{\"data\":[]}},"
                  "{\"type\":\"file\",\"base64\":\"AA==\",\"name\":\"x\"},"
                  "{\"type\":\"object\",\"pickle\":\"gAQ=\"},"
                  "{\"metadata\":{\"a\":[]},\"type\":\"table\",\"csv\":\"a\\n\"},"
                  "{\"type\":\"collection\",\"items\":[1]}],\"script\":\"x = 1\"}");
    assert_true(decoded.ok);
    assert_slice(decoded.request.script, "x = 1");
    assert_int_equal(decoded.request.input_count, 7);
    const struct input *inputs = decoded.request.inputs;
    assert_int_equal(inputs[0].type, INPUT_VALUE);
    assert_int_equal(json_array_size(inputs[0].value), 1);
    assert_int_equal(inputs[1].table_format, TABLE_CSV);
    assert_slice(inputs[1].content, "a\n1\n");
    assert_int_equal(inputs[2].table_format, TABLE_JSON);
    assert_slice(inputs[2].content, "{\"data\":[]}");
    assert_int_equal(inputs[3].type, INPUT_FILE);
    assert_true(inputs[3].base64);
    assert_int_equal(inputs[4].type, INPUT_OBJECT);
    assert_slice(inputs[5].content, "a\n");
    assert_slice(inputs[5].metadata, "{\"a\":[]}");
    assert_int_equal(inputs[6].type, INPUT_COLLECTION);
    assert_slice(inputs[6].content, "[1]");
    assert_string_equal(json_string_value(json_object_get(decoded.request.macros, "a")), "1");
    assert_int_equal(decoded.request.table_format, TABLE_CSV);
    execution_request_finish(&decoded.request);
}

static void json_refusals_say_what_and_where(void **state)
{
    (void)state;
    const struct {
        const char *body, *detail;
    } cases[] = {
        {"", "the body: not JSON"},
        {"{\"script\": 1}", "script must be a string"},
        {"[]", "the body must be a JSON object"},
        {"{}", "script is missing"},
        {"{\"script\":\"\"}", "the script is empty"},
        {"{\"script\":\"a\\u0000b\"}", "null byte at byte 1"},
        {"{\"script\":\"x\",\"script\":\"y\"}", "duplicate object key"},
        {"{\"script\":\"x\",\"extra\":1}", "unexpected member \"extra\""},
        {"{\"script\":\"x\"} y", "end of file expected near 'y' (line 1"},
        {"{\"script\":\"\xff\"}", "unable to decode byte 0xff"},
        {"{\"script\":\"\\ud800\"}", "Unicode"},
        {"{\"script\":\"x\",\"inputs\":1}", "inputs must be a JSON array"},
        {"{\"script\":\"x\",\"inputs\":[1]}", "input 1 must be a JSON object"},
        {"{\"script\":\"x\",\"inputs\":[{}]}", "input 1: type must be"},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"value\"}]}",
         "input 1: a value needs \"value\""},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"file\",\"csv\":\"\"}]}",
         "input 1: unexpected member \"csv\""},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"file\",\"text\":\"\",\"base64\":\"\"}]}",
         "input 1: unexpected member \"base64\""},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"file\",\"text\":1}]}",
         "input 1: text must be a string"},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"table\",\"dataresource\":1}]}",
         "input 1: dataresource must be a JSON object"},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"table\",\"arrow\":\"\",\"metadata\":{}}]}",
         "input 1: metadata goes with \"csv\" alone"},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"table\",\"csv\":\"\",\"metadata\":[]}]}",
         "input 1: metadata must be a JSON object"},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"file\",\"text\":\"\",\"metadata\":{}}]}",
         "input 1: unexpected member \"metadata\""},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"collection\",\"items\":1}]}",
         "input 1: items must be a JSON array or object"},
        {"{\"script\":\"x\",\"options\":[]}", "options must be a JSON object"},
        {"{\"script\":\"x\",\"options\":{\"macro\":{}}}", "there is no option \"macro\""},
        {"{\"script\":\"x\",\"options\":{\"macros\":1}}", "macros must be a JSON object"},
        {"{\"script\":\"x\",\"options\":{\"table_format\":\"xml\"}}", "table_format must be"},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"value\",\"value\":9223372036854775808}]}",
         "too big integer"},
        {"{\"script\":\"x\",\"inputs\":[{\"type\":\"value\",\"value\":NaN}]}", "invalid token"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_refused(from_json(cases[i].body), PROBLEM_MALFORMED_REQUEST, cases[i].detail);
}

static void json_nested_too_deep_is_refused(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *body = malloc(DEPTH + 1);
    memset(body, '[', DEPTH);
    body[DEPTH] = '\0';
    assert_refused(from_json(body), PROBLEM_MALFORMED_REQUEST, "maximum parsing depth");
    free(body);
}

static void json_with_too_many_inputs_is_refused(void **state)
{
    (void)state;
    static const char one[] = "{\"type\":\"value\",\"value\":1},";
    char *body = malloc((MAX_INPUTS + 1) * sizeof(one) + 100);
    strcpy(body, "{\"script\":\"x\",\"inputs\":[");
    for (int i = 0; i <= MAX_INPUTS; i++)
        strcat(body, one);
    strcpy(body + strlen(body) - 1, "]}");
    assert_refused(from_json(body), PROBLEM_MALFORMED_REQUEST, "1001 inputs");
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_carries_script_inputs_and_options),
        cmocka_unit_test(json_refusals_say_what_and_where),
        cmocka_unit_test(json_nested_too_deep_is_refused),
        cmocka_unit_test(json_with_too_many_inputs_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
