/* zygote/order.c: what the front wants from a runner. */
#include "test.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "order.h"

static struct runner runner = {.files = {.result = -1}};

void runner_files_replace_result(struct runner_files *files, int file)
{
    files->result = file;
}

/* Writes a message as the front sends it. */
static struct slice write_message(char *into, struct job job, const char *type, const char *body)
{
    size_t length = sizeof(job);
    job.content_type_length = (uint32_t)strlen(type);
    memcpy(into, &job, length);
    length += (size_t)sprintf(into + length, "%s%s", type, body);
    return (struct slice){into, length};
}

static bool decode(const char *type, const char *body, struct execution_request *request,
                   struct decode_error *error)
{
    static char message[4096];
    struct order order = {.body = {.file = -1}};
    struct packet packet = {0};
    const struct job job = {.body_length = strlen(body), .answer_form = ANSWER_CSV};
    order_take(&order, &runner, write_message(message, job, type, body), &packet);
    execution_request_init(request);
    return order_decode(&order, request, error);
}

static void each_form_of_a_request_is_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body;
    } cases[] = {
        {"text/x-python; charset=utf-8", "x = 1"},
        {"Application/JSON", "{\"script\": \"x = 1\"}"},
        {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; "
                                            "name=\"script\"\r\n\r\nx = 1\r\n--b--\r\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct execution_request request;
        struct decode_error error = {0};
        if (!decode(cases[i].type, cases[i].body, &request, &error))
            fail_msg("%s: %s", cases[i].type, error.detail);
        assert_slice(request.script, "x = 1");
        assert_int_equal(request.answer_form, ANSWER_CSV);
        execution_request_finish(&request);
    }
}

static void what_is_wrong_with_a_multipart_body_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body, *detail;
    } cases[] = {
        {"multipart/form-data", "x", "no boundary"},
        {"multipart/form-data; boundary=b", "", "the body is empty"},
        {"multipart/form-data; boundary=b", "--b\r\n", "before the closing boundary"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct execution_request request;
        struct decode_error error = {0};
        assert_false(decode(cases[i].type, cases[i].body, &request, &error));
        assert_int_equal(error.kind, PROBLEM_MALFORMED_REQUEST);
        if (!strstr(error.detail, cases[i].detail))
            fail_msg("%s", error.detail);
        execution_request_finish(&request);
    }
}

static void a_large_body_is_mapped_and_a_new_result_file_kept(void **state)
{
    (void)state;
    char message[1024];
    struct order order = {.body = {.file = -1}};
    int file = memory_file("body"), result = memory_file("result");
    assert_int_equal(write(file, "x = 1", 5), 5);
    struct packet packet = {.descriptors = {file, result}, .descriptor_count = 2};
    const struct job job = {.body_length = 5, .body_in_file = 1, .new_result_file = 1};
    order_take(&order, &runner, write_message(message, job, "text/x-python", ""), &packet);
    assert_int_equal(order.body.file, file);
    assert_memory_equal(order.body.data, "x = 1", 5);
    assert_int_equal(runner.files.result, result);
    body_close(&order.body);
    close(result);
    runner.files.result = -1;
}

static void a_message_of_another_length_ends_the_process(void **state)
{
    (void)state;
    char message[1024];
    const struct job job = {.body_length = 7};
    const struct slice wrong = write_message(message, job, "text/x-python", "x = 1");
    pid_t child = fork();
    if (child == 0) {
        struct order order = {.body = {.file = -1}};
        struct packet packet = {0};
        order_take(&order, &runner, wrong, &packet);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_of_a_request_is_decoded),
        cmocka_unit_test(what_is_wrong_with_a_multipart_body_is_said),
        cmocka_unit_test(a_large_body_is_mapped_and_a_new_result_file_kept),
        cmocka_unit_test(a_message_of_another_length_ends_the_process),
    };
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
