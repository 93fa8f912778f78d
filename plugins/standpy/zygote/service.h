/*
 * What the zygote does for the front: forks runners when it asks, and buries them.
 */
#ifndef STANDPY_SERVICE_H
#define STANDPY_SERVICE_H

#include "zygote.h"

/* Serves the front until SIGTERM. */
__attribute__((noreturn)) void service_run(struct zygote *zygote);

#endif
