/*
 * A filter of system calls (seccomp(2)): what Landlock does not control and no script needs. It
 * holds for a runner and all that its scripts start, and cannot be taken back.
 */
#ifndef STANDPY_SYSTEM_CALLS_H
#define STANDPY_SYSTEM_CALLS_H

#include <stdbool.h>

/* In the zygote, once for all runners: makes the filter. False with errno set. */
bool system_calls_prepare(void);

/* In a runner, behind PR_SET_NO_NEW_PRIVS: from now on the filter holds. False with errno set. */
bool system_calls_enter(void);

#endif
