/*
 * SIGINT, SIGTERM and SIGHUP, unless whoever started the program has them ignored. A second one
 * ends it as if there were no handler.
 */
#ifndef STANDPY_CLI_INTERRUPT_H
#define STANDPY_CLI_INTERRUPT_H

#include <stdbool.h>

/* Also has a closed pipe and a limit of a file's size be errors (EPIPE, EFBIG) instead of an end.
 * False with errno. */
bool interrupt_begin(void);

/* Whether there was a signal. */
bool interrupt_came(void);

/* Can be read once there was one; for poll. */
int interrupt_descriptor(void);

/* Waits until the descriptor can be read, or for so many milliseconds (-1: for ever). False if a
 * signal comes, or has come. descriptor -1: only the time. */
bool interrupt_wait(int descriptor, int milliseconds);

#endif
