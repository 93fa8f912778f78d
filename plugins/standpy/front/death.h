/*
 * The death of a script's process, in words: how, which script, and at which line.
 */
#ifndef STANDPY_DEATH_H
#define STANDPY_DEATH_H

#include "message.h"
#include "overdue.h"
#include "runner.h"

struct death {
    char how[160];                  /* "its process was ended by signal 11 (…)" */
    char script[SCRIPT_DIGEST + 1]; /* its digest; "" if the job did not get that far */
    struct overdue left;            /* what it printed, and the stack if a crash left one */
};

/* status: of waitpid(2); -1: unknown. how: words instead, if the kernel did not say; or NULL. */
void death_read(struct death *death, const struct runner *runner, int status, const char *how);
void death_finish(struct death *death);

/* Call it once, before scripts run: what the OOM killer ended earlier was no script. */
void death_start(void);

#endif
