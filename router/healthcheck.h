/*
 * standpy-router --healthcheck: asks the router that the same environment configures, for images
 * without curl.
 */
#ifndef STANDPY_ROUTER_HEALTHCHECK_H
#define STANDPY_ROUTER_HEALTHCHECK_H

#include <stdbool.h>

#include "settings.h"

/* False, and a line in the log, if the answer is not a 200 or does not come. */
bool healthcheck(const struct settings *settings);

#endif
