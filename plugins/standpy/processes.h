/*
 * Processes that scripts start and leave behind.
 */
#ifndef STANDPY_PROCESSES_H
#define STANDPY_PROCESSES_H

#include <stddef.h>
#include <sys/types.h>

/*
 * In a new worker: makes it the head of a process group of its own, and the parent of whatever its
 * scripts leave behind, however often that forked.
 */
void processes_adopt(void);

/* Ends the group of a worker that is gone. */
void processes_end_group(pid_t worker);

/* Ends all descendants of this process and reaps what of them has ended; returns how many. */
size_t processes_end_children(void);

#endif
