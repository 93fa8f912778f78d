#include "test.h"

#include "metrics.h"

static void what_is_counted_is_written(void **state)
{
    (void)state;
    struct metrics metrics = {.cache_hits = 3,
                              .trials_failed = 2,
                              .successions = 1,
                              .contents_hits = 8,
                              .contents_misses = 7,
                              .contents_evictions = 6};
    const uint64_t resident[] = {10, 20};
    metrics_count(&metrics, OUTCOME_OK, 90);
    metrics_count(&metrics, OUTCOME_OK, 1500);
    metrics_count(&metrics, metrics_outcome(504), 61000000);
    metrics_count_end(&metrics, POOL_SCRIPTS, WORKER_MEMORY);
    metrics_count_end(&metrics, POOL_SCRIPTS, WORKER_MEMORY);
    const struct metrics_context context = {.version = "1.2.3",
                                            .python = "3.11",
                                            .environment = "a\"b\\c\nd",
                                            .workers = 2,
                                            .in_flight = 1,
                                            .learned = 4,
                                            .contents = 5,
                                            .contents_bytes = UINT64_C(5000000000),
                                            .zygote_resident = 5000,
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
        "standpy_kept_contents 5\n",
        "standpy_kept_bytes 5000000000\n",
        "standpy_contents_hits_total 8\n",
        "standpy_contents_misses_total 7\n",
        "standpy_contents_evictions_total 6\n",
        "standpy_worker_restarts_total{reason=\"memory\"} 2\n",
        "standpy_worker_resident_bytes{worker=\"2\"} 20\n",
        "standpy_learned_modules 4\n",
        "standpy_trials_total{result=\"failed\"} 2\n",
        "standpy_successions_total 1\n",
        "standpy_zygote_resident_bytes 5000\n",
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
        cmocka_unit_test(what_is_counted_is_written),
        cmocka_unit_test(a_status_is_an_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
