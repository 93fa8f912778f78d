/*
 * Knows all runners: which worker has which, and which are spares. Asks for new ones, and ends
 * them.
 */
#ifndef STANDPY_ROSTER_H
#define STANDPY_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metrics.h"
#include "runner.h"

struct engine;

/* How many runners there may be at once, including those that are ending. */
size_t roster_most_runners(const struct engine *engine);

/* False if memory runs out. */
bool roster_start(const struct engine *engine);

/* Adds a new runner; it is a spare until it is chosen. */
void roster_add(struct runner *runner);
/* The runner is dead, and nothing of it is left: frees it. */
void roster_forget(struct runner *runner);
/* NULL if there is no such runner. */
struct runner *roster_find(int process);
/* The first of all runners; `next` leads to the others. */
struct runner *roster_first(void);

/* The runner of the pool's first worker that is ready for work; NULL if none is. */
struct runner *roster_choose(enum pool pool);
/* The runner of a worker (from 1). If it has none: a spare, or NULL. */
const struct runner *roster_of_worker(enum pool pool, int worker);

/* Sets a runner's state, and counts who is busy. due: see struct runner. */
void roster_enter(struct runner *runner, enum runner_state state, int64_t due);
int roster_busy(enum pool pool);
bool roster_is_any_busy(void);

/* Makes it due so many nanoseconds from now, whatever was before. */
/* It is due then, in the state that it is in. */
void roster_set_due(struct runner *runner, int64_t due);
void roster_expect(struct runner *runner, int64_t duration);
/* Calls `pass` for each runner that is due; `pass` may forget it. */
void roster_pass_due(void (*pass)(struct runner *runner));

/* Ends a runner that has done its work as it should: the zygote may look at it before. */
void roster_dismiss(struct runner *runner);
/* Ends a runner; another one takes its place. */
void roster_end(struct runner *runner);
/* Another one takes its place at once, but it may end what it does before it is ended. */
void roster_stop(struct runner *runner, enum worker_end why);
/* Ends a runner, for a reason that is counted. */
void roster_replace(struct runner *runner, enum worker_end why);
void roster_count_end(const struct runner *runner, enum worker_end why);

/* There is a new process to fork the pool's runners from: busy runners of the one before it last
 * until new ones are there. */
void roster_orphan_all(enum pool pool);
/* Replaces idle runners that have lost their zygote, if there are spares. */
void roster_replace_orphans(enum pool pool);
/* Says whether a spare is ready to take the place of this orphan. */
bool roster_can_spare(const struct runner *runner);

/* Asks for as many runners as there should be. If the zygote cannot be asked now, a later call asks
 * it. */
void roster_fill(void);
/* A runner that was asked for did not come. */
void roster_not_born(enum pool pool);
/* If starts go on failing, the next one waits; else runners would be forked without end. */
void roster_note_failed_start(enum pool pool);
void roster_note_start(enum pool pool);
/* When roster_pass_due or roster_fill is due, or TIMEOUT_NEVER. */
int64_t roster_next_timeout(void);

#endif
