/*
 * What the engine counts, and the text of /metrics (Prometheus text format 0.0.4). Only the front
 * counts, in memory that outlives it. Pure.
 */
#ifndef STANDPY_METRICS_H
#define STANDPY_METRICS_H

#include <stdint.h>
#include <stdio.h>

#include "histogram.h"
#include "message.h"

/* What became of an execution. */
enum outcome {
    OUTCOME_OK,
    OUTCOME_REJECTED,      /* any 4xx except 422: the request could not be run */
    OUTCOME_SCRIPT_FAILED, /* 422 */
    OUTCOME_SCRIPT_DIED,   /* 502: its process ended */
    OUTCOME_DEADLINE,      /* 504 */
    OUTCOME_ABORTED,       /* the client left */
    OUTCOME_INTERNAL,      /* 500, 503 */
    OUTCOME_COUNT,
};

/* Why a worker's process was replaced. */
enum worker_end {
    WORKER_CRASHED, /* it ended by itself, or sent what it must not send */
    WORKER_DEADLINE,
    WORKER_ABORT,
    WORKER_MAX_REQUESTS,
    WORKER_MEMORY,
    WORKER_CHANGED, /* its script changed it for good */
    WORKER_STUCK,   /* what a script left behind does not end */
    WORKER_END_COUNT,
};

#define PAGE_CLASSES 6 /* of statuses, by their first digit; 0: the client left */

/* Of the WSGI application. */
struct page_metrics {
    uint64_t classes[PAGE_CLASSES];
    uint64_t ends[WORKER_END_COUNT];
    struct histogram durations;
};

/* All zero at the start. */
struct metrics {
    struct page_metrics pages;
    uint64_t outcomes[OUTCOME_COUNT];
    uint64_t ends[WORKER_END_COUNT];
    struct histogram durations;
    uint64_t cache_hits, cache_misses;
    uint64_t trials_passed, trials_failed;   /* of modules that might be imported in advance */
    uint64_t successions;                    /* of zygotes, because of such modules */
    uint64_t contents_hits, contents_misses; /* that requests named */
    uint64_t contents_evictions;             /* that made room for others */
};

/* What /metrics shows besides the counters. */
struct metrics_context {
    const char *version, *python, *environment;
    int workers, in_flight, queued;
    int page_workers, pages_in_flight, pages_queued; /* of the application; 0 workers: none */
    int learned;  /* learned modules that the zygote has imported */
    int contents; /* that are kept */
    uint64_t contents_bytes;
    uint64_t zygote_resident;       /* bytes; 0: unknown */
    const uint64_t *resident_bytes; /* of each worker; 0: unknown */
};

/* The outcome that an HTTP status stands for. */
enum outcome metrics_outcome(int status);

/* Counts one execution; microseconds: from its head to the end of its answer. */
void metrics_count(struct metrics *metrics, enum outcome outcome, uint64_t microseconds);
void metrics_count_page(struct metrics *metrics, int status, uint64_t microseconds);
void metrics_count_end(struct metrics *metrics, enum pool pool, enum worker_end why);

void metrics_write(FILE *out, const struct metrics_context *context, const struct metrics *metrics);

#endif
