/*
 * Runners that end, or have to be ended, although nobody wanted it; and what becomes of their work.
 */
#ifndef STANDPY_LOSSES_H
#define STANDPY_LOSSES_H

#include "runner.h"

struct death;

/* Call it once, in the front. died: called if a process ended while it had the work. */
void losses_set_up(void (*died)(struct work *work, const struct death *death));

/* The kernel says that it is dead. */
void losses_died(struct runner *runner);
/* The zygote says so, and how. */
void losses_gone(int process, int status, unsigned strangers);
/* The zygote has not said in time how it ended. */
void losses_forget(struct runner *runner);

/* It has sent what it must not send, or (how is NULL) its channel has ended. */
void losses_broken(struct runner *runner, const char *how);
/* Its channel has ended, and it did not die. */
void losses_deaf(struct runner *runner);

/* The zygote says that a signal stopped it. */
void losses_stopped(int process);

#endif
