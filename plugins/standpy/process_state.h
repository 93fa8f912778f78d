/*
 * State of a worker process that scripts change: signal handlers and mask (uWSGI ends, restarts and
 * wakes workers by signals), timers, locale, file creation mask, resource limits, priority, user.
 */
#ifndef STANDPY_PROCESS_STATE_H
#define STANDPY_PROCESS_STATE_H

#include <stdbool.h>

/* Takes note of it, at the first call; later ones do nothing. */
void process_state_remember(void);

/*
 * Puts it back as it was remembered, and stops timers. False where that takes a privilege that the
 * process does not have: a hard limit that was lowered, or another user.
 */
bool process_state_restore(void);

/*
 * Puts back the handlers of the signals that the watchdog is about to send, whatever the script did
 * to them. On any thread.
 */
void process_state_arm(void);

#endif
