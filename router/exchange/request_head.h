/*
 * What the listener knows about a request's head.
 */
#ifndef STANDPY_ROUTER_REQUEST_HEAD_H
#define STANDPY_ROUTER_REQUEST_HEAD_H

#include <stdbool.h>

#define MAX_TARGET       4096  /* bytes of path and query */
#define MAX_REQUEST_HEAD 60000 /* bytes of fields; uWSGI accepts 65535, including what it adds */

/* Borrowed; valid during the call. */
struct request_head {
    const char *method, *version;
    const char *target;        /* path and query as they came, at most MAX_TARGET bytes */
    bool is_strict;            /* strict_head.h */
    const char *authorization; /* NULL if there is none, like request_id */
    const char *request_id;
    /* Calls visit for each field of the head, until it returns false. */
    void (*each_field)(void *source,
                       bool (*visit)(void *context, const char *name, const char *value),
                       void *context);
    void *source;
};

#endif
