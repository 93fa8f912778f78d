/*
 * What log and metrics say about an exchange that is over.
 */
#ifndef STANDPY_ROUTER_RECORD_H
#define STANDPY_ROUTER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

struct pool_counters;

/* Borrowed; valid during the call. Times are microseconds. */
struct record {
    const char *client, *id, *engine, *replica, *method; /* "" if there is none */
    const char *target;                                  /* as the client sent it */
    const char *engine_target;                           /* the engine's part of it */
    const char *cause;                                   /* why it failed; NULL if it did not */
    int status; /* of the reply; STATUS_CLIENT_CLOSED_REQUEST if the client did not wait */
    uint64_t received, sent;        /* bytes of the bodies */
    int64_t duration;               /* from the head to the end */
    int64_t queue_time;             /* -1: it asked for no replica, or was refused at once */
    int64_t engine_time;            /* from getting a replica until its reply began */
    struct pool_counters *counters; /* of its engine; NULL if it reached none */
};

#endif
