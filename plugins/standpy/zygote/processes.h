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

/* Whether this process has children, also such as have ended. */
bool processes_any_child(void);

/*
 * Sends SIGKILL to the children of this process that nobody knows, and reaps those that have ended;
 * *ended is raised by their number. Returns how many there were: until there is none, those that
 * end may leave it others.
 */
size_t processes_end_strangers(bool (*is_known)(pid_t process), size_t *ended);

/*
 * The same for those that start new ones faster than they can be ended one after the other, in
 * groups and sessions of their own: all of them, with their descendants, are stopped until no new
 * one is seen, and then ended. Returns how many of them it has reaped.
 */
size_t processes_end_all(bool (*is_known)(pid_t process));

/* Whether that is called for, after so many rounds that have ended strangers. */
static inline bool processes_persist(unsigned rounds)
{
    return rounds % 3 == 2;
}

#endif
