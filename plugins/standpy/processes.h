/*
 * Processes that scripts start and leave behind.
 */
#ifndef STANDPY_PROCESSES_H
#define STANDPY_PROCESSES_H

#include <stdbool.h>
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

/* Ends the children of a process, this one or another, that nobody knows; returns how many. */
size_t processes_end_strangers(pid_t parent, bool (*is_known)(pid_t process));

#endif
