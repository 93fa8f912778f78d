/*
 * What the engine says about itself: /info, /healthz, /metrics.
 */
#ifndef STANDPY_SELF_DESCRIPTION_H
#define STANDPY_SELF_DESCRIPTION_H

#include <stdbool.h>

#include "route.h"

struct engine;

#define SELF_DESCRIPTION_FIELDS 256 /* bytes */

struct self_description {
    const char *content_type;
    char fields[SELF_DESCRIPTION_FIELDS]; /* of the answer's head, each with its CRLF */
    char *text;                           /* the caller frees it, even after a failure */
};

/* False if memory runs out. */
bool self_describe(enum route route, const struct engine *engine,
                   struct self_description *description);

#endif
