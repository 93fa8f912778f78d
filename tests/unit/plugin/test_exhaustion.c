/* Lets each allocation fail in turn: no decoder may go on with a wrong or shorter value. */
#include "test.h"

#include <stdbool.h>

#include "execution_request.h"
#include "json_text.h"
#include "multipart.h"

/* The names that the linker's --wrap gives. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);

static unsigned long asked, fails_at; /* 0: no allocation fails */
static bool once;                     /* only one fails, the next one succeeds */

static bool fails(void)
{
    asked++;
    return fails_at > 0 && (once ? asked == fails_at : asked >= fails_at);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, count * size);
}

static void let_fail(unsigned long number)
{
    asked = 0;
    fails_at = number;
}

static const char json[] =
    "{\"script\": \"def rm_main(*x): return x\", \"inputs\": ["
    "{\"type\": \"value\", \"value\": [1, 2.5, \"a text that is longer than what fits at first\", "
    "null]},"
    "{\"type\": \"table\", \"dataresource\": {\"schema\": {\"fields\": [{\"name\": \"a\"}]},"
    " \"data\": [{\"a\": 1}, {\"a\": 2}]}},"
    "{\"type\": \"table\", \"csv\": \"a,b\\n1,2\\n\"}, {\"type\": \"file\", \"text\": "
    "\"\\u00e9\\u20ac\"}],"
    "\"options\": {\"macros\": {\"key\": \"value\"}, \"table_format\": \"csv\"}}";

static const char parts[] =
    "--b\r\nContent-Disposition: form-data; name=\"script\"\r\n\r\ndef rm_main(x): return x\r\n"
    "--b\r\nContent-Disposition: form-data; name=\"input\"\r\nContent-Type: "
    "application/json\r\n\r\n"
    "[1, {\"a\": \"some text that is not short\"}]\r\n"
    "--b\r\nContent-Disposition: form-data; name=\"options\"\r\n\r\n{\"macros\": {\"a\": "
    "\"b\"}}\r\n--b--\r\n";

static bool decode_json(struct execution_request *request, struct decode_error *error)
{
    return decode_json_request(request, slice_of(json), error);
}

static bool decode_parts(struct execution_request *request, struct decode_error *error)
{
    struct multipart multipart = {0};
    bool decoded = multipart_init(&multipart, slice_of("b")) &&
                   multipart_feed(&multipart, slice_of(parts)) == MULTIPART_DONE;
    if (!decoded)
        error->exhausted = multipart.exhausted;
    decoded = decoded && decode_multipart_request(request, slice_of(parts), &multipart, error);
    multipart_finish(&multipart);
    return decoded;
}

/* The whole request as one text; the caller frees it. */
static char *describe(const struct execution_request *request)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out, "%.*s|", (int)request->script.length, request->script.data);
    for (size_t i = 0; i < request->input_count; i++) {
        const struct input *input = &request->inputs[i];
        fprintf(out, "%d %.*s ", (int)input->type, (int)input->content.length,
                input->content.data ? input->content.data : "");
        if (input->value)
            json_dumpf(input->value, out, JSON_ENCODE_ANY);
    }
    if (request->macros)
        json_dumpf(request->macros, out, 0);
    fclose(out);
    return text;
}

static void try_all(bool (*decode)(struct execution_request *request, struct decode_error *error))
{
    struct execution_request request;
    struct decode_error error = {0};
    execution_request_init(&request);
    let_fail(0);
    assert_true(decode(&request, &error));
    unsigned long all = asked;
    char *whole = describe(&request);
    execution_request_finish(&request);
    assert_true(all > 3);
    for (unsigned long number = 1; number <= all; number++) {
        error = (struct decode_error){0};
        execution_request_init(&request);
        let_fail(number);
        bool decoded = decode(&request, &error);
        let_fail(0);
        if (decoded) { /* it did not need that allocation */
            char *text = describe(&request);
            assert_string_equal(text, whole);
            free(text);
        } else {
            assert_true(error.exhausted);
        }
        execution_request_finish(&request);
    }
    free(whole);
}

static void json_is_refused_or_whole(void **state)
{
    (void)state;
    once = false;
    try_all(decode_json);
    once = true;
    try_all(decode_json);
}

static void multipart_is_refused_or_whole(void **state)
{
    (void)state;
    once = false;
    try_all(decode_parts);
    once = true;
    try_all(decode_parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_refused_or_whole),
        cmocka_unit_test(multipart_is_refused_or_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
