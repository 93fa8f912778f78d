/*
 * standpy-router --healthcheck: asks the router that listens where the same environment says, as an
 * image without curl has to.
 */
#ifndef STANDPY_ROUTER_HEALTHCHECK_H
#define STANDPY_ROUTER_HEALTHCHECK_H

#include <stdbool.h>

#include "settings.h"

/* False, and a line in the log, where there is no answer or another than 200. */
bool healthcheck(const struct settings *settings);

#endif
