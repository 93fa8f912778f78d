/*
 * Decides who runs which script: work goes to a free worker, or waits for one.
 */
#ifndef STANDPY_ASSIGNMENT_H
#define STANDPY_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "work.h"

struct engine;

#define WAITING_LIMIT 256 /* that wait for a worker of a pool */

/* Call it once, in the front. */
void assignment_set_up(const struct engine *engine);

/* Takes the work: gives it to a worker, or lets it wait. False if too many wait. */
bool assignment_submit(struct work *work);
bool assignment_is_full(enum pool pool);
size_t assignment_waiting(enum pool pool);

/* Takes back work whose runner died before it began; it then waits before all others. */
void assignment_repeat(struct work *work);

/* Nobody waits for the result any more: takes the work out of the queue, or ends its runner. */
void assignment_withdraw(struct work *work);

/* A worker of the pool may be free: gives it what waits. */
void assignment_go_on(enum pool pool);

#endif
