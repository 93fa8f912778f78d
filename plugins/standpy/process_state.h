/*
 * State of a worker process that scripts change: signal handlers and mask (uWSGI ends, restarts and
 * wakes workers by signals), timers, locale, file creation mask.
 */
#ifndef STANDPY_PROCESS_STATE_H
#define STANDPY_PROCESS_STATE_H

/* Takes note of it, at the first call; later ones do nothing. */
void process_state_remember(void);

/* Puts it back as it was remembered, and stops timers. */
void process_state_restore(void);

#endif
