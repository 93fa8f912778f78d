/*
 * Runners that end, or have to, while nobody wanted them to; and what becomes of their work.
 */
#ifndef STANDPY_LOSSES_H
#define STANDPY_LOSSES_H

#include "runner.h"

struct death;

/* Once, in the front. died: the process of the work ended while it had it. */
void losses_set_up(void (*died)(struct work *work, const struct death *death));

/* The kernel says that it is dead. */
void losses_died(struct runner *runner);
/* The zygote says so, and how. */
void losses_gone(int process, int status, unsigned strangers);
/* So the zygote has not said how in time. */
void losses_forget(struct runner *runner);

/* It has sent what it may not send, or (NULL) its channel has ended. */
void losses_broken(struct runner *runner, const char *how);
/* It did not die since its channel ended. */
void losses_deaf(struct runner *runner);

/* The zygote says that it was stopped. */
void losses_stopped(int process);

#endif
