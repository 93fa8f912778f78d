/*
 * What the answer can tell of a script that did not end in time.
 */
#ifndef STANDPY_OVERDUE_H
#define STANDPY_OVERDUE_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

struct runner;

struct overdue {
    struct slice stack;    /* as faulthandler writes it; empty if there is none */
    uint64_t thread;       /* the thread that ran the script, as the stack names it */
    struct slice out, err; /* what it printed so far */
};

/* Which stack lies in the runner's memory. */
enum stack_kind {
    STACK_NONE,
    STACK_OF_A_DUMP,  /* the front asked for it */
    STACK_OF_A_CRASH, /* it follows struct begun */
};

/* Reads it from the memory files of a runner, alive or not. The caller calls overdue_finish. */
void overdue_read(struct overdue *overdue, const struct runner *runner, enum stack_kind kind);
void overdue_finish(struct overdue *overdue);

#endif
