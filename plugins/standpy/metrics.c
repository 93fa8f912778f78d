#include "metrics.h"

#include <inttypes.h>
#include <stddef.h>

static const char *const outcome_names[] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_REJECTED] = "rejected",
    [OUTCOME_SCRIPT_FAILED] = "script_failed",
    [OUTCOME_DEADLINE] = "deadline",
    [OUTCOME_ABORTED] = "aborted",
    [OUTCOME_INTERNAL] = "internal",
};

static const char *const end_names[] = {
    [WORKER_CRASHED] = "crash",   [WORKER_DEADLINE] = "deadline",
    [WORKER_ABORT] = "abort",     [WORKER_MAX_REQUESTS] = "max_requests",
    [WORKER_MEMORY] = "memory",   [WORKER_STUCK] = "stuck",
    [WORKER_STOPPED] = "stopped",
};

enum outcome metrics_outcome(int status)
{
    if (status == 200)
        return OUTCOME_OK;
    if (status == 422)
        return OUTCOME_SCRIPT_FAILED;
    if (status == 504)
        return OUTCOME_DEADLINE;
    return status >= 400 && status < 500 ? OUTCOME_REJECTED : OUTCOME_INTERNAL;
}

static void add(atomic_ullong *counter, unsigned long long amount)
{
    atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

void metrics_raise(atomic_ullong *counter, long amount)
{
    if (amount > 0)
        add(counter, (unsigned long long)amount);
}

void metrics_count(struct worker_metrics *metrics, enum outcome outcome, uint64_t microseconds)
{
    add(&metrics->outcomes[outcome], 1);
    histogram_add(&metrics->durations, microseconds);
}

/* The same counter of all workers together. */
static unsigned long long sum(const struct worker_metrics *workers, int count, size_t offset)
{
    unsigned long long total = 0;
    for (int i = 0; i < count; i++) {
        const char *at = (const char *)&workers[i] + offset;
        total += atomic_load((const atomic_ullong *)(const void *)at);
    }
    return total;
}

#define SUM(member) sum(workers, context->workers, offsetof(struct worker_metrics, member))
#define SUM_AT(member, i)                                                                          \
    sum(workers, context->workers,                                                                 \
        offsetof(struct worker_metrics, member) + (i) * sizeof(atomic_ullong))

static void write_gauge(FILE *out, const char *name, const char *help, int value)
{
    prometheus_title(out, name, "gauge", help);
    fprintf(out, "%s %d\n", name, value);
}

void metrics_write(FILE *out, const struct metrics_context *context,
                   const struct worker_metrics *workers, const uint64_t *resident_bytes)
{
    prometheus_title(out, "standpy_build_info", "gauge", "What the engine is; the value is 1.");
    fprintf(out, "standpy_build_info{version=\"%s\",python=\"%s\",environment=\"", context->version,
            context->python);
    prometheus_label(out, context->environment);
    fputs("\"} 1\n", out);

    prometheus_title(out, "standpy_requests_total", "counter",
                     "Executions by what became of them.");
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        fprintf(out, "standpy_requests_total{outcome=\"%s\"} %llu\n", outcome_names[i],
                SUM_AT(outcomes, i));
    prometheus_title(out, "standpy_request_duration_seconds", "histogram",
                     "Time from a connection to the end of its answer.");
    histogram_write(out, "standpy_request_duration_seconds", "", &workers->durations,
                    (size_t)context->workers, sizeof(*workers));
    write_gauge(out, "standpy_requests_in_flight", "Workers that have a request.",
                context->in_flight);
    write_gauge(out, "standpy_requests_queued",
                "Connections that wait for a worker, with a request or kept for one.",
                context->queued);
    write_gauge(out, "standpy_workers", "Workers of the engine.", context->workers);

    prometheus_title(out, "standpy_worker_restarts_total", "counter", "Workers replaced, by why.");
    for (size_t i = 0; i < WORKER_END_COUNT; i++)
        fprintf(out, "standpy_worker_restarts_total{reason=\"%s\"} %llu\n", end_names[i],
                SUM_AT(ends, i));
    prometheus_title(out, "standpy_worker_resident_bytes", "gauge",
                     "Resident memory of each worker.");
    for (int i = 0; i < context->workers; i++)
        fprintf(out, "standpy_worker_resident_bytes{worker=\"%d\"} %" PRIu64 "\n", i + 1,
                resident_bytes[i]);

    prometheus_title(out, "standpy_code_cache_hits_total", "counter",
                     "Scripts that were compiled already by their worker.");
    fprintf(out, "standpy_code_cache_hits_total %llu\n", SUM(cache_hits));
    prometheus_title(out, "standpy_code_cache_misses_total", "counter",
                     "Scripts that had to be compiled.");
    fprintf(out, "standpy_code_cache_misses_total %llu\n", SUM(cache_misses));
}
