/*
 * State of a runner that scripts change: signal handlers and mask, timers, locale, file creation
 * mask, resource limits, priority, scheduling, user.
 */
#ifndef STANDPY_PROCESS_STATE_H
#define STANDPY_PROCESS_STATE_H

#include "message.h"

/* Takes note of it, in a new runner. */
void process_state_remember(void);

/*
 * Puts it back as it was remembered, but for signal handlers, and stops timers. What cannot be put
 * back takes a privilege that the process does not have.
 */
enum unusable process_state_restore(void);

/* Separately: few scripts set a handler, and this takes sixty system calls. */
void process_state_restore_handlers(void);

#endif
