/*
 * Trials: a child of the zygote, confined like a runner, tries whether a module can be imported in
 * advance, and then ends. One trial at a time, with bounded time and memory.
 */
#ifndef STANDPY_TRIAL_H
#define STANDPY_TRIAL_H

#include "children.h"
#include "slice.h"
#include "zygote.h"

/* Begins a trial for a front. CONTROL_TRIED answers at its end, or at once if it cannot begin. */
void trial_begin(struct zygote *zygote, struct slice name, uint64_t generation);

/* Milliseconds until the trial has taken too long, for poll(2); -1: there is no trial to end. */
int trial_timeout(void);
/* Ends a trial that has taken too long. */
void trial_pass_time(void);

/* The child has ended: answers the front. status: from waitpid(2). */
void trial_end(const struct child *child, int status);

#endif
