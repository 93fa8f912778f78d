/*
 * Landlock (landlock(7)): a runner gives up whatever a script does not need, for itself and for all
 * that its scripts start.
 */
#ifndef STANDPY_SANDBOX_H
#define STANDPY_SANDBOX_H

#include <stdbool.h>

/*
 * Call it in the zygote, once for all runners: opens the folders that scripts may read. abi: the
 * version of the kernel's Landlock. readable: the environment and what belongs to it, one folder
 * per line. names: the library of names/names.h, which processes that scripts start load, too.
 * scratch_exec: scripts may execute what they write to their scratch folder. False with errno set.
 */
bool sandbox_prepare(int abi, const char *readable, const char *names, bool scratch_exec);

/* Call it in a fork of the zygote: its runners may read `readable`, too ("": nothing), and write to
 * `own`. False with errno set. */
bool sandbox_add(const char *readable, const char *own);

/*
 * Makes a ruleset for one runner. From a domain of its own a runner cannot look into another.
 * scratch: a descriptor of the only folder that it may write to. Returns the ruleset's descriptor;
 * -1 with errno set.
 */
int sandbox_create(int scratch);

/* Confines this process and all that it starts from now on, and closes the ruleset. */
bool sandbox_enter(int ruleset);

#endif
