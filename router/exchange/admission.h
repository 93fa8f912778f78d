/*
 * Whether a request may pass: checks head, route, method, token and size, in this order, before its
 * body is read. Pure.
 */
#ifndef STANDPY_ROUTER_ADMISSION_H
#define STANDPY_ROUTER_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "request_head.h"
#include "route.h"
#include "settings.h"
#include "step.h"

/* What the head says, as far as it was read before a refusal; the rest keeps its value. */
struct admission {
    enum route_kind kind;        /* ROUTE_ENGINE, or one of the router's own paths */
    const struct engine *engine; /* NULL: none, or the request was refused before that mattered */
    const char *engine_target;   /* path and query for the engine, within the head's target */
    bool is_limited;     /* it takes a worker's time; other requests are answered beside those */
    bool is_page;        /* likewise, of the WSGI application's workers */
    bool is_chunked;     /* a body of unknown length */
    int64_t body_length; /* bytes; -1: no body, or a chunked one */
};

/*
 * STEP_TAKE: it may go to admission->engine, or own_paths.h answers it; else STEP_REFUSE.
 * is_stopping: the router accepts no new requests.
 */
enum step admission_decide(const struct settings *settings, const struct request_head *head,
                           bool is_stopping, struct admission *admission, struct refusal *refusal);

#endif
