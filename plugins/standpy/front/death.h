/*
 * The death of a script's process, in words: how, which script, and where it was.
 */
#ifndef STANDPY_DEATH_H
#define STANDPY_DEATH_H

#include "message.h"
#include "overdue.h"
#include "runner.h"

struct death {
    char how[160];                  /* "its process was ended by signal 11 (…)" */
    char script[SCRIPT_DIGEST + 1]; /* its digest; "" where it did not get that far */
    struct overdue left;            /* what it printed, and the stack where a crash has left one */
};

/* status: of waitpid(2); -1: nobody knows. how: instead, where it was not the kernel; or NULL. */
void death_read(struct death *death, const struct runner *runner, int status, const char *how);
void death_finish(struct death *death);

/* Once, so that what the kernel has ended before is not taken for a script. */
void death_start(void);

#endif
