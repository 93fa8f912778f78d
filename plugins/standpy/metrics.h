/*
 * What the engine counts, in memory that all its processes share, and the text of /metrics
 * (Prometheus text format 0.0.4). Each worker writes its own counters only. Pure.
 */
#ifndef STANDPY_METRICS_H
#define STANDPY_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "histogram.h"

/* What became of an execution. */
enum outcome {
    OUTCOME_OK,
    OUTCOME_REJECTED,      /* 4xx but 422: the request was not fit to run */
    OUTCOME_SCRIPT_FAILED, /* 422 */
    OUTCOME_DEADLINE,      /* 504 */
    OUTCOME_ABORTED,       /* the client left */
    OUTCOME_INTERNAL,      /* 500 */
    OUTCOME_COUNT,
};

/* Why a worker was replaced. */
enum worker_end {
    WORKER_CRASHED, /* nobody said why */
    WORKER_DEADLINE,
    WORKER_ABORT,
    WORKER_MAX_REQUESTS,
    WORKER_MEMORY,
    WORKER_STUCK,   /* in what a script left behind */
    WORKER_STOPPED, /* the engine was told to */
    WORKER_END_COUNT,
};

struct worker_metrics {
    atomic_int turn;      /* of ISOLATION=process: 1 while no child has it, see supervisor.c */
    atomic_int process;   /* of the worker, 0 where there was none yet */
    atomic_int child;     /* of ISOLATION=process: which has the request; else 0 */
    atomic_int end;       /* enum worker_end: why it is about to end */
    atomic_llong kill_at; /* monotonic nanoseconds; 0: never. See overdue.h */
    atomic_ullong outcomes[OUTCOME_COUNT];
    atomic_ullong ends[WORKER_END_COUNT];
    struct histogram durations;
    atomic_ullong cache_hits, cache_misses;
};

/* What the counters do not hold. */
struct metrics_context {
    const char *version, *python, *environment;
    int workers, in_flight, queued;
};

/* The outcome that an HTTP status stands for. */
enum outcome metrics_outcome(int status);

/* Counts one execution; microseconds: from its connection to the end of its answer. */
void metrics_count(struct worker_metrics *metrics, enum outcome outcome, uint64_t microseconds);

/* Raises a counter. */
void metrics_raise(atomic_ullong *counter, long amount);

/*
 * Writes the text of /metrics. workers: those of each worker. resident_bytes: of each worker, 0
 * where unknown.
 */
void metrics_write(FILE *out, const struct metrics_context *context,
                   const struct worker_metrics *workers, const uint64_t *resident_bytes);

#endif
