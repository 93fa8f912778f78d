/*
 * What the engine says about itself: /info, /healthz, /metrics.
 */
#ifndef STANDPY_SELF_DESCRIPTION_H
#define STANDPY_SELF_DESCRIPTION_H

#include <stdbool.h>

#include "route.h"

struct engine;

struct self_description {
    const char *content_type;
    char *text; /* the caller frees it, even after a failure */
};

/* False if memory runs out. */
bool self_describe(enum route route, const struct engine *engine,
                   struct self_description *description);

#endif
