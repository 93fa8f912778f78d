/*
 * What the engine says about itself, in a worker or in the control process: /info, /healthz,
 * /metrics.
 */
#ifndef STANDPY_INFORMATION_H
#define STANDPY_INFORMATION_H

#include <stdbool.h>

#include "route.h"

struct information {
    const char *content_type;
    char *text; /* the caller frees it, also where making it failed */
};

/* False where memory runs out. */
bool information_make(enum route route, struct information *information);

#endif
