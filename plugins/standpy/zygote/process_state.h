/*
 * State of a runner that scripts change, in the kernel and the C library: signal handlers and mask,
 * timers, locale, file creation mask, resource limits, priorities, scheduling, user, name.
 */
#ifndef STANDPY_PROCESS_STATE_H
#define STANDPY_PROCESS_STATE_H

#include "message.h"

/* Takes note of it, in a new runner. */
void process_state_remember(void);

/* Puts back what would disturb the cleaning: mask, timers that send signals, umask, locale. */
void process_state_calm(void);

/*
 * Puts back the rest but for signal handlers, behind a script that can reach a module: no other has
 * changed it. What cannot be put back takes a privilege that the process does not have.
 */
enum unusable process_state_restore(void);

/* Separately: few scripts set a handler, and this takes sixty system calls. */
void process_state_restore_handlers(void);

#endif
