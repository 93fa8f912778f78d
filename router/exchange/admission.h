/*
 * Whether a request may pass: head, route, method, token, size, in this order, before anything of
 * its body is read. Pure.
 */
#ifndef STANDPY_ROUTER_ADMISSION_H
#define STANDPY_ROUTER_ADMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "request_head.h"
#include "route.h"
#include "settings.h"
#include "step.h"

/* What the head says, as far as it was read before a refusal; zero before. */
struct admission {
    enum route_kind kind;        /* ROUTE_ENGINE, or one of the router's own paths */
    const struct engine *engine; /* NULL: none, or it was refused before that mattered */
    const char *engine_target;   /* path and query for it, within the head's target */
    bool is_limited;             /* it takes a worker's time; the rest is answered beside those */
    bool is_chunked;             /* a body of a length that is not known */
    int64_t body_length;         /* bytes; -1: no body, or a chunked one */
};

/*
 * STEP_TAKE: it may go to admission->engine, or be answered by own_paths.h; else STEP_REFUSE.
 * is_stopping: the router takes no new requests.
 */
enum step admission_decide(const struct settings *settings, const struct request_head *head,
                           bool is_stopping, struct admission *admission, struct refusal *refusal);

#endif
