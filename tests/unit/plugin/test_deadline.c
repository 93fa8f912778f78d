/* Deadlines and their answers: Prefer, the stack of a stuck script, and what is counted. */
#include "test.h"

#include <stdio.h>

#include "metrics.h"
#include "prefer.h"
#include "stack.h"

static void the_clients_patience_is_read_from_prefer(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        int seconds;
    } cases[] = {
        {"wait=10", 10},
        {"respond-async, wait=10", 10},
        {"wait = 3 , handling=lenient", 3},
        {"WAIT=\"7\"; x=y", 7},
        {"wait=0", 0},
        {"wait=1, wait=9", 1},
        {"wait=99999999999999999999", 86400},
        {"wait", -1},
        {"wait=", -1},
        {"wait=-1", -1},
        {"wait=1.5", -1},
        {"wait=\"", -1},
        {"await=5", -1},
        {"", -1},
        {",,;=", -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (prefer_wait(slice_of(cases[i].field)) != cases[i].seconds)
            fail_msg("%s", cases[i].field);
    }
    assert_int_equal(prefer_wait((struct slice){NULL, 0}), -1);
}

static const char dump[] = "Thread 0x00007f0000000aaa (most recent call first):\n"
                           "  File \"/dev/shm/standpy-9-ab-cd/script.py\", line 3 in work\n"
                           "  File \"/usr/lib/python3.11/threading.py\", line 975 in run\n"
                           "\n"
                           "Thread 0x00007f0000000bbb [pool] (most recent call first):\n"
                           "  File \"<standpy>/execution.py\", line 9 in helper\n"
                           "\n"
                           "Thread 0x00007f0000000001 (most recent call first):\n"
                           "  File \"/usr/lib/in here/re.py\", line 166 in match\n"
                           "  File \"/dev/shm/standpy-9-ab-cd/script.py\", line 7 in rm_main\n"
                           "  File \"<standpy>/script.py\", line 57 in call\n"
                           "  File \"<standpy>/execution.py\", line 33 in execute\n";

static void a_stack_is_shown_like_a_traceback(void **state)
{
    (void)state;
    char *text = stack_format(slice_of(dump), 0x7f0000000001);
    assert_string_equal(text, "Traceback (most recent call last):\n"
                              "  Script, line 7, in rm_main\n"
                              "  File \"/usr/lib/in here/re.py\", line 166, in match\n"
                              "\n"
                              "Thread 1 (most recent call last):\n"
                              "  File \"/usr/lib/python3.11/threading.py\", line 975, in run\n"
                              "  Script, line 3, in work\n");
    free(text);
}

static void a_dump_without_frames_is_no_stack(void **state)
{
    (void)state;
    static const char *const dumps[] = {
        "",
        "\n\n",
        "Thread 0x",
        "Thread 0x1 (most recent call first):\n  <no Python frame>\n",
        "  File \"a\", line 1 in f\n",
        "Thread 0x1 (most recent call first):\n  File \"<standpy>/x.py\", line 1 in f\n",
    };
    for (size_t i = 0; i < sizeof(dumps) / sizeof(*dumps); i++)
        assert_null(stack_format(slice_of(dumps[i]), 1));
}

static void the_stack_tells_the_phase(void **state)
{
    (void)state;
    static const struct {
        const char *frame, *phase;
    } cases[] = {
        {"\"<standpy>/script.py\", line 1 in call", "run"},
        {"\"<standpy>/script.py\", line 1 in load", "parse"},
        {"\"<standpy>/inputs.py\", line 1 in decode", "inputs"},
        {"\"<standpy>/outputs.py\", line 1 in encode", "outputs"},
        {"\"/x/outputs.py\", line 1 in encode", "run"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[256];
        snprintf(text, sizeof(text), "Thread 0x1 (most recent call first):\n  File %s\n",
                 cases[i].frame);
        assert_string_equal(stack_phase(slice_of(text), 1), cases[i].phase);
        assert_string_equal(stack_phase(slice_of(text), 2), "run");
    }
}

static void what_is_counted_is_written(void **state)
{
    (void)state;
    struct metrics metrics = {.cache_hits = 3};
    const uint64_t resident[] = {10, 20};
    metrics_count(&metrics, OUTCOME_OK, 90);
    metrics_count(&metrics, OUTCOME_OK, 1500);
    metrics_count(&metrics, metrics_outcome(504), 61000000);
    metrics_count_end(&metrics, WORKER_MEMORY);
    metrics_count_end(&metrics, WORKER_MEMORY);
    const struct metrics_context context = {.version = "1.2.3",
                                            .python = "3.11",
                                            .environment = "a\"b\\c\nd",
                                            .workers = 2,
                                            .in_flight = 1,
                                            .resident_bytes = resident};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    metrics_write(out, &context, &metrics);
    fclose(out);
    static const char *const lines[] = {
        "standpy_build_info{version=\"1.2.3\",python=\"3.11\",environment=\"a\\\"b\\\\c\\nd\"} 1\n",
        "standpy_requests_total{outcome=\"ok\"} 2\n",
        "standpy_requests_total{outcome=\"deadline\"} 1\n",
        "standpy_request_duration_seconds_bucket{le=\"0.0001\"} 1\n",
        "standpy_request_duration_seconds_bucket{le=\"0.001\"} 1\n",
        "standpy_request_duration_seconds_bucket{le=\"0.0025\"} 2\n",
        "standpy_request_duration_seconds_bucket{le=\"60\"} 2\n",
        "standpy_request_duration_seconds_bucket{le=\"+Inf\"} 3\n",
        "standpy_request_duration_seconds_sum 61.001590\n",
        "standpy_request_duration_seconds_count 3\n",
        "standpy_requests_in_flight 1\n",
        "standpy_worker_restarts_total{reason=\"memory\"} 2\n",
        "standpy_worker_resident_bytes{worker=\"2\"} 20\n",
        "standpy_code_cache_hits_total 3\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        if (!strstr(text, lines[i]))
            fail_msg("%s is not in\n%s", lines[i], text);
    }
    free(text);
}

static void a_status_is_an_outcome(void **state)
{
    (void)state;
    assert_int_equal(metrics_outcome(200), OUTCOME_OK);
    assert_int_equal(metrics_outcome(400), OUTCOME_REJECTED);
    assert_int_equal(metrics_outcome(413), OUTCOME_REJECTED);
    assert_int_equal(metrics_outcome(422), OUTCOME_SCRIPT_FAILED);
    assert_int_equal(metrics_outcome(500), OUTCOME_INTERNAL);
    assert_int_equal(metrics_outcome(502), OUTCOME_SCRIPT_DIED);
    assert_int_equal(metrics_outcome(503), OUTCOME_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clients_patience_is_read_from_prefer),
        cmocka_unit_test(a_stack_is_shown_like_a_traceback),
        cmocka_unit_test(a_dump_without_frames_is_no_stack),
        cmocka_unit_test(the_stack_tells_the_phase),
        cmocka_unit_test(what_is_counted_is_written),
        cmocka_unit_test(a_status_is_an_outcome),
    };
    return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
