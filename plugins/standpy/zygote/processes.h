/*
 * Processes that scripts start and leave behind.
 */
#ifndef STANDPY_PROCESSES_H
#define STANDPY_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Ends all descendants of this process and reaps what of them has ended; returns how many. */
size_t processes_end_children(void);

/*
 * Sends SIGKILL to the children of this process that nobody knows, and reaps those that have ended;
 * *ended is raised by their number. Returns how many there were: until there is none, those that
 * end may leave it others.
 */
size_t processes_end_strangers(bool (*is_known)(pid_t process), size_t *ended);

#endif
