/*
 * State of a runner in the kernel and the C library that scripts can change: signal handlers and
 * mask, timers, locale, file creation mask, resource limits, priorities, scheduling, user, name.
 */
#ifndef STANDPY_PROCESS_STATE_H
#define STANDPY_PROCESS_STATE_H

#include "message.h"

/* Call it in a new runner: takes note of the state. */
void process_state_remember(void);

/* Says in words for the log what differs from what was noted; NULL: nothing does. */
const char *process_state_changed(void);

/* Puts back what would disturb the cleaning: mask, timers that send signals, umask, locale. */
void process_state_calm(void);

/*
 * Puts back the rest except signal handlers. Only after a script that can reach a module, because
 * no other script can change it. What it returns could only be put back with a privilege.
 */
enum unusable process_state_restore(void);

/* Separate, because few scripts set a handler, and this takes sixty system calls. */
void process_state_restore_handlers(void);

#endif
