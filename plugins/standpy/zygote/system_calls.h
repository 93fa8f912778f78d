/*
 * A filter (seccomp(2)) of the system calls that Landlock does not control and no script needs. It
 * holds for a runner and all that its scripts start, and nobody can remove it.
 */
#ifndef STANDPY_SYSTEM_CALLS_H
#define STANDPY_SYSTEM_CALLS_H

#include <stdbool.h>

/* Call it in the zygote, once for all runners: makes the filter. False with errno set. */
bool system_calls_prepare(void);

/* Call it in a runner, after PR_SET_NO_NEW_PRIVS: from now on the filter holds. False with errno
 * set. */
bool system_calls_enter(void);

#endif
