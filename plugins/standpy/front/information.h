/*
 * What the engine says about itself: /info, /healthz, /metrics.
 */
#ifndef STANDPY_INFORMATION_H
#define STANDPY_INFORMATION_H

#include <stdbool.h>

#include "route.h"

struct engine;

struct information {
    const char *content_type;
    char *text; /* the caller frees it, also if making it failed */
};

/* False if memory runs out. */
bool information_make(enum route route, const struct engine *engine,
                      struct information *information);

#endif
