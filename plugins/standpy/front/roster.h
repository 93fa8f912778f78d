/*
 * Who there is: the runners, which of them stands behind which worker, and spares. Asks for new
 * ones, and has them end.
 */
#ifndef STANDPY_ROSTER_H
#define STANDPY_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metrics.h"
#include "runner.h"

struct engine;

/* How many runners there may be at once, those that are ending included. */
size_t roster_most_runners(int workers);

/* False if memory runs out. */
bool roster_start(const struct engine *engine);

/* A new runner; a spare until it is chosen. */
void roster_add(struct runner *runner);
/* It is dead: nothing of it is left. */
void roster_forget(struct runner *runner);
/* NULL if there is no such runner. */
struct runner *roster_find(int process);
/* All of them, by `next`. */
struct runner *roster_first(void);

/* The first worker that has no script, with a runner that is ready for one; else NULL. */
struct runner *roster_choose(void);
/* The runner of a worker, from 1; a spare if it has none, NULL if there is none either. */
const struct runner *roster_of_worker(int worker);

/* The state of a runner; counts who is busy. due: see struct runner. */
void roster_enter(struct runner *runner, enum runner_state state, int64_t due);
int roster_busy(void);

/* Something is due with it so many nanoseconds from now, whatever was before. */
void roster_expect(struct runner *runner, int64_t duration);
/* Calls `pass` for each with which something is due; it may be forgotten there. */
void roster_pass_due(void (*pass)(struct runner *runner));

/* It has done its work, as it should: the zygote may look at it before it ends it. */
void roster_dismiss(struct runner *runner);
/* Ends it; another one takes its place. */
void roster_end(struct runner *runner);
/* Likewise, for a reason that is counted. */
void roster_replace(struct runner *runner, enum worker_end why);
void roster_count_end(const struct runner *runner, enum worker_end why);

/* The zygote is another one: runners of the one before it last until there are others. */
void roster_orphan_all(void);
/* Workers whose runner has lost its zygote have another one, if there is one. */
void roster_replace_orphans(void);
/* Whether another one is ready to take the place of this orphan. */
bool roster_can_spare(const struct runner *runner);

/* As many runners as there should be; a zygote that cannot be asked now is asked again. */
void roster_fill(void);
/* One that was asked for did not come. */
void roster_not_born(void);
/* Runners that never become ready would be forked for ever, as fast as that goes. */
void roster_note_failed_start(void);
void roster_note_start(void);
/* When roster_pass_due or roster_fill is due, or TIMEOUT_NEVER. */
int64_t roster_next_timeout(void);

#endif
