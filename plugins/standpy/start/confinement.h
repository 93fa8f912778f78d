/*
 * What SANDBOX means on this kernel.
 */
#ifndef STANDPY_CONFINEMENT_H
#define STANDPY_CONFINEMENT_H

#include <stdbool.h>

#include "settings.h"

/* What confines scripts. */
struct confinement {
    int landlock; /* Landlock of this ABI; 0: not Landlock */
    bool filter;  /* a filter of system calls */
};

/*
 * Logs what the kernel has and what it lacks. If it lacks anything, SANDBOX_REQUIRED aborts startup
 * with a line that says what.
 */
struct confinement confinement_choose(enum sandbox sandbox);

#endif
