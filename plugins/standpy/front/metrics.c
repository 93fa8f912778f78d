#include "metrics.h"

#include <inttypes.h>
#include <stddef.h>

#include "http_status.h"
#include "prometheus.h"

static const char *const outcome_names[] = {
    [OUTCOME_OK] = "ok",
    [OUTCOME_REJECTED] = "rejected",
    [OUTCOME_SCRIPT_FAILED] = "script_failed",
    [OUTCOME_SCRIPT_DIED] = "script_died",
    [OUTCOME_DEADLINE] = "deadline",
    [OUTCOME_ABORTED] = "aborted",
    [OUTCOME_INTERNAL] = "internal",
};

static const char *const end_names[] = {
    [WORKER_CRASHED] = "crash", [WORKER_DEADLINE] = "deadline",
    [WORKER_ABORT] = "abort",   [WORKER_MAX_REQUESTS] = "max_requests",
    [WORKER_MEMORY] = "memory", [WORKER_CHANGED] = "changed",
    [WORKER_STUCK] = "stuck",
};

enum outcome metrics_outcome(int status)
{
    switch (status) {
    case 200:
        return OUTCOME_OK;
    case 422:
        return OUTCOME_SCRIPT_FAILED;
    case 502:
        return OUTCOME_SCRIPT_DIED;
    case 504:
        return OUTCOME_DEADLINE;
    default:
        return status >= 400 && status < 500 ? OUTCOME_REJECTED : OUTCOME_INTERNAL;
    }
}

void metrics_count(struct metrics *metrics, enum outcome outcome, uint64_t microseconds)
{
    metrics->outcomes[outcome]++;
    histogram_add(&metrics->durations, microseconds);
}

void metrics_count_page(struct metrics *metrics, int status, uint64_t microseconds)
{
    int class = status == STATUS_CLIENT_CLOSED_REQUEST ? 0 : status / 100;
    metrics->pages.classes[class < PAGE_CLASSES ? class : 0]++;
    histogram_add(&metrics->pages.durations, microseconds);
}

void metrics_count_end(struct metrics *metrics, enum pool pool, enum worker_end why)
{
    if (pool == POOL_APPLICATION)
        metrics->pages.ends[why]++;
    else
        metrics->ends[why]++;
}

static void write_gauge(FILE *out, const char *name, const char *help, int value)
{
    prometheus_title(out, name, "gauge", help);
    fprintf(out, "%s %d\n", name, value);
}

static void write_counter(FILE *out, const char *name, const char *help, uint64_t value)
{
    prometheus_title(out, name, "counter", help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_build(FILE *out, const struct metrics_context *context)
{
    prometheus_title(out, "standpy_build_info", "gauge", "What the engine is; the value is 1.");
    fprintf(out, "standpy_build_info{version=\"%s\",python=\"%s\",environment=\"", context->version,
            context->python);
    prometheus_label(out, context->environment);
    fputs("\"} 1\n", out);
}

static void write_requests(FILE *out, const struct metrics_context *context,
                           const struct metrics *metrics)
{
    prometheus_title(out, "standpy_requests_total", "counter",
                     "Executions by what became of them.");
    for (size_t i = 0; i < OUTCOME_COUNT; i++)
        fprintf(out, "standpy_requests_total{outcome=\"%s\"} %" PRIu64 "\n", outcome_names[i],
                metrics->outcomes[i]);
    prometheus_title(out, "standpy_request_duration_seconds", "histogram",
                     "Time from a request's head to the end of its answer.");
    histogram_write(out, "standpy_request_duration_seconds", "", &metrics->durations, 1,
                    sizeof(*metrics));
    write_gauge(out, "standpy_requests_in_flight", "Workers that have a script.",
                context->in_flight);
    write_gauge(out, "standpy_requests_queued", "Requests that wait for a worker.",
                context->queued);
}

static void write_workers(FILE *out, const struct metrics_context *context,
                          const struct metrics *metrics)
{
    write_gauge(out, "standpy_workers", "Scripts that the engine runs at a time.",
                context->workers);
    prometheus_title(out, "standpy_worker_restarts_total", "counter",
                     "Processes of workers replaced, by why.");
    for (size_t i = 0; i < WORKER_END_COUNT; i++)
        fprintf(out, "standpy_worker_restarts_total{reason=\"%s\"} %" PRIu64 "\n", end_names[i],
                metrics->ends[i]);
    prometheus_title(out, "standpy_worker_resident_bytes", "gauge",
                     "Resident memory of each worker's process.");
    for (int i = 0; i < context->workers; i++)
        fprintf(out, "standpy_worker_resident_bytes{worker=\"%d\"} %" PRIu64 "\n", i + 1,
                context->resident_bytes[i]);
}

static void write_zygote(FILE *out, const struct metrics_context *context,
                         const struct metrics *metrics)
{
    write_gauge(out, "standpy_learned_modules",
                "Modules imported in advance because scripts often import them.", context->learned);
    prometheus_title(out, "standpy_trials_total", "counter",
                     "Trials of modules that might be imported in advance.");
    fprintf(out, "standpy_trials_total{result=\"passed\"} %" PRIu64 "\n", metrics->trials_passed);
    fprintf(out, "standpy_trials_total{result=\"failed\"} %" PRIu64 "\n", metrics->trials_failed);
    write_counter(out, "standpy_successions_total",
                  "Zygotes replaced so that other modules are imported in advance.",
                  metrics->successions);
    prometheus_title(out, "standpy_zygote_resident_bytes", "gauge",
                     "Resident memory of the zygote, which workers share.");
    fprintf(out, "standpy_zygote_resident_bytes %" PRIu64 "\n", context->zygote_resident);
}

static void write_contents(FILE *out, const struct metrics_context *context,
                           const struct metrics *metrics)
{
    write_gauge(out, "standpy_kept_contents", "Contents that are kept for later requests.",
                context->contents);
    prometheus_title(out, "standpy_kept_bytes", "gauge", "Bytes of the contents that are kept.");
    fprintf(out, "standpy_kept_bytes %" PRIu64 "\n", context->contents_bytes);
    write_counter(out, "standpy_contents_hits_total",
                  "Contents that requests named and that were there.", metrics->contents_hits);
    write_counter(out, "standpy_contents_misses_total",
                  "Contents that requests named and that were not there.",
                  metrics->contents_misses);
    write_counter(out, "standpy_contents_evictions_total", "Contents that made room for others.",
                  metrics->contents_evictions);
}

static void write_pages(FILE *out, const struct metrics_context *context,
                        const struct page_metrics *pages, size_t size)
{
    static const char *const classes[PAGE_CLASSES] = {"left", "1xx", "2xx", "3xx", "4xx", "5xx"};
    prometheus_title(out, "standpy_wsgi_requests_total", "counter",
                     "Requests of the WSGI application by the class of their status.");
    for (size_t i = 0; i < PAGE_CLASSES; i++)
        fprintf(out, "standpy_wsgi_requests_total{status=\"%s\"} %" PRIu64 "\n", classes[i],
                pages->classes[i]);
    prometheus_title(out, "standpy_wsgi_request_duration_seconds", "histogram",
                     "Time from a request's head to the end of the application's answer.");
    histogram_write(out, "standpy_wsgi_request_duration_seconds", "", &pages->durations, 1, size);
    write_gauge(out, "standpy_wsgi_requests_in_flight", "Workers that have a request.",
                context->pages_in_flight);
    write_gauge(out, "standpy_wsgi_requests_queued", "Requests that wait for a worker.",
                context->pages_queued);
    write_gauge(out, "standpy_wsgi_workers", "Requests that the application takes at a time.",
                context->page_workers);
    prometheus_title(out, "standpy_wsgi_worker_restarts_total", "counter",
                     "Processes of the application's workers replaced, by why.");
    for (size_t i = 0; i < WORKER_END_COUNT; i++)
        fprintf(out, "standpy_wsgi_worker_restarts_total{reason=\"%s\"} %" PRIu64 "\n",
                end_names[i], pages->ends[i]);
}

void metrics_write(FILE *out, const struct metrics_context *context, const struct metrics *metrics)
{
    write_build(out, context);
    write_requests(out, context, metrics);
    write_workers(out, context, metrics);
    write_zygote(out, context, metrics);
    write_contents(out, context, metrics);
    write_counter(out, "standpy_code_cache_hits_total",
                  "Scripts that were compiled already by their process.", metrics->cache_hits);
    if (context->page_workers > 0)
        write_pages(out, context, &metrics->pages, sizeof(*metrics));
    write_counter(out, "standpy_code_cache_misses_total", "Scripts that had to be compiled.",
                  metrics->cache_misses);
}
