/*
 * Trials: whether a module can be imported ahead is found out in a child of the zygote, which is
 * confined as a runner is and ends afterwards. One at a time, of bounded time and memory.
 */
#ifndef STANDPY_TRIAL_H
#define STANDPY_TRIAL_H

#include "children.h"
#include "slice.h"
#include "zygote.h"

/* Begins one for a front; its end answers with CONTROL_TRIED, and if it cannot begin, this does. */
void trial_begin(struct zygote *zygote, struct slice name, uint64_t generation);

/* Milliseconds until it has taken too long, for poll(2); -1: there is none. */
int trial_timeout(void);
/* Ends one that has. */
void trial_pass_time(void);

/* The child is dead: answers the front. status: of waitpid(2). */
void trial_end(const struct child *child, int status);

#endif
