#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "buffer.h"
#include "pool.h"
#include "prometheus.h"
#include "record.h"
#include "resolver.h"
#include "settings.h"

/* Counts requests that reached no engine, because their path or method names none. */
static struct pool_counters unrouted;

void metrics_count(const struct record *record)
{
    struct pool_counters *counters = record->counters ? record->counters : &unrouted;
    int status = record->status >= 0 && record->status < POOL_MAX_STATUS ? record->status : 0;
    atomic_fetch_add_explicit(&counters->by_status[status], 1, memory_order_relaxed);
    histogram_add(&counters->durations, (uint64_t)record->duration);
    if (record->queue_time >= 0)
        histogram_add(&counters->waits, (uint64_t)record->queue_time);
}

static void write_statuses(FILE *out, const char *engine, const struct pool_counters *counters)
{
    for (int status = 0; status < POOL_MAX_STATUS; status++) {
        unsigned long long count = atomic_load(&counters->by_status[status]);
        if (count > 0)
            fprintf(out, "standpy_router_requests_total{engine=\"%s\",status=\"%d\"} %llu\n",
                    engine, status, count);
    }
}

static void write_histogram(FILE *out, const char *name, const struct engine *engine,
                            const struct histogram *histogram)
{
    char labels[300];
    snprintf(labels, sizeof(labels), "engine=\"%s\"", engine->name);
    histogram_write(out, name, labels, histogram, 1, 0);
}

struct replica_writer {
    FILE *out;
    const char *engine;
    enum replica_value { WRITE_UP, WRITE_IN_FLIGHT, WRITE_WORKERS } what;
};

static void write_replica(void *context, struct replica *replica)
{
    const struct replica_writer *writer = context;
    if (!replica->listed)
        return;
    static const char *const names[] = {"up", "in_flight", "workers"};
    unsigned value = writer->what == WRITE_UP          ? replica->state == REPLICA_UP
                     : writer->what == WRITE_IN_FLIGHT ? replica->in_flight
                                                       : replica->workers;
    fprintf(writer->out, "standpy_router_replica_%s{engine=\"%s\",replica=\"%s\"} %u\n",
            names[writer->what], writer->engine, replica->name, value);
}

/* A host without an address counts as a replica that does not answer. */
static void write_unresolved(FILE *out, const struct engine *engine)
{
    for (size_t i = 0; i < engine->host_count; i++) {
        const struct host *host = &engine->hosts[i];
        if (!resolver_knows(engine, host))
            fprintf(out, "standpy_router_replica_up{engine=\"%s\",replica=\"%s:%u\"} 0\n",
                    engine->name, host->name, host->port);
    }
}

static void write_replicas(FILE *out, const struct settings *settings)
{
    static const char *const helps[] = {
        "Whether the replica answers: 1, or 0.",
        "Requests in flight on the replica.",
        "Requests that the replica can run at once; 0: unknown.",
    };
    static const char *const names[] = {"standpy_router_replica_up",
                                        "standpy_router_replica_in_flight",
                                        "standpy_router_replica_workers"};
    for (enum replica_value what = WRITE_UP; what <= WRITE_WORKERS; what++) {
        prometheus_title(out, names[what], "gauge", helps[what]);
        for (size_t i = 0; i < settings->engine_count; i++) {
            struct replica_writer writer = {out, settings->engines[i].name, what};
            pool_each(settings->engines[i].pool, write_replica, &writer);
            if (what == WRITE_UP)
                write_unresolved(out, &settings->engines[i]);
        }
    }
}

static void write_loads(FILE *out, const struct settings *settings)
{
    prometheus_title(out, "standpy_router_requests_queued", "gauge",
                     "Requests that wait for a worker.");
    for (size_t i = 0; i < settings->engine_count; i++) {
        size_t queued, in_flight;
        pool_load(settings->engines[i].pool, &queued, &in_flight);
        fprintf(out, "standpy_router_requests_queued{engine=\"%s\"} %zu\n",
                settings->engines[i].name, queued);
    }
    prometheus_title(out, "standpy_router_replica_failures_total", "counter",
                     "Connections to replicas that were refused, or broke before a reply.");
    for (size_t i = 0; i < settings->engine_count; i++)
        fprintf(out, "standpy_router_replica_failures_total{engine=\"%s\"} %llu\n",
                settings->engines[i].name,
                atomic_load(&settings->engines[i].pool->counters.replica_failures));
}

static void write_all(FILE *out, const struct settings *settings)
{
    prometheus_title(out, "standpy_router_build_info", "gauge",
                     "The router's version; the value is always 1.");
    fprintf(out, "standpy_router_build_info{version=\"%s\"} 1\n", STANDPY_VERSION);
    prometheus_title(out, "standpy_router_requests_total", "counter",
                     "Requests by engine and status; 499: the client left.");
    write_statuses(out, "", &unrouted);
    for (size_t i = 0; i < settings->engine_count; i++)
        write_statuses(out, settings->engines[i].name, &settings->engines[i].pool->counters);
    const char *name = "standpy_router_request_duration_seconds";
    prometheus_title(out, name, "histogram",
                     "Time from a request's head to the end of its answer.");
    for (size_t i = 0; i < settings->engine_count; i++)
        write_histogram(out, name, &settings->engines[i],
                        &settings->engines[i].pool->counters.durations);
    name = "standpy_router_queue_seconds";
    prometheus_title(out, name, "histogram", "Time that requests waited for a worker.");
    for (size_t i = 0; i < settings->engine_count; i++)
        write_histogram(out, name, &settings->engines[i],
                        &settings->engines[i].pool->counters.waits);
    write_loads(out, settings);
    write_replicas(out, settings);
    name = "standpy_router_buffered_bytes";
    prometheus_title(out, name, "gauge", "Memory that holds what clients send or take slowly.");
    fprintf(out, "%s %" PRIu64 "\n", name, buffer_total());
}

char *metrics_text(const struct settings *settings)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    write_all(out, settings);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
