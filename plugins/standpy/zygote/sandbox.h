/*
 * Landlock (landlock(7)): a runner gives up, for itself and all that its scripts start, whatever a
 * script has no need of.
 */
#ifndef STANDPY_SANDBOX_H
#define STANDPY_SANDBOX_H

#include <stdbool.h>

/*
 * In the zygote, once for all runners: opens the folders that scripts may read. abi: of the
 * kernel's Landlock. readable: the environment and what belongs to it, one folder a line. names:
 * the library of names/names.h, which what scripts start loads as well. scratch_exec: what a script
 * writes to its scratch folder may be executed. False with errno set.
 */
bool sandbox_prepare(int abi, const char *readable, const char *names, bool scratch_exec);

/*
 * Makes a ruleset for one runner: of a domain of its own, no other runner can be looked into.
 * scratch: a descriptor of the one folder that it may write to. Returns its descriptor; -1 with
 * errno set.
 */
int sandbox_create(int scratch);

/* Confines this process, and all that it starts from now on; closes the ruleset. */
bool sandbox_enter(int ruleset);

#endif
