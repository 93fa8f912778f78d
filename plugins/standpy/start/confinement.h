/*
 * What SANDBOX means on this kernel.
 */
#ifndef STANDPY_CONFINEMENT_H
#define STANDPY_CONFINEMENT_H

#include <stdbool.h>

#include "settings.h"

/* What scripts are confined by. */
struct confinement {
    int landlock; /* the ABI; 0: not by Landlock */
    bool filter;  /* of system calls */
};

/*
 * Logs what the kernel has, and what it lacks. If it lacks anything, SANDBOX_REQUIRED stops the
 * start with a line that says what.
 */
struct confinement confinement_choose(enum sandbox sandbox);

#endif
