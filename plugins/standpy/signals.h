/*
 * Signal handlers of a worker: uWSGI ends, restarts and wakes workers by signals, so a script must
 * not leave handlers of its own behind.
 */
#ifndef STANDPY_SIGNALS_H
#define STANDPY_SIGNALS_H

/* Takes note of handlers and mask, at the first call; later ones do nothing. */
void signals_remember(void);

/* Puts them back as they were remembered. */
void signals_restore(void);

#endif
