/*
 * Processes that scripts start and leave behind.
 */
#ifndef STANDPY_PROCESSES_H
#define STANDPY_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Ends all descendants of this process, and reaps them; returns how many. */
size_t processes_end_children(void);

/* Says whether this process has children, even if they have ended. */
bool processes_any_child(void);

/*
 * Sends SIGKILL to the children of this process that is_known does not know, reaps those that have
 * ended, and adds their number to *ended. Returns how many there were. Call it until it returns 0,
 * because a child that ends may leave children.
 */
size_t processes_end_strangers(bool (*is_known)(pid_t process), size_t *ended);

/*
 * The same for processes that start new ones, in groups and sessions of their own, faster than they
 * can be ended one by one: stops all of them, with their descendants, until it sees no new one, and
 * then kills them. Returns how many of them it has reaped.
 */
size_t processes_end_all(bool (*is_known)(pid_t process));

/* Says whether that is needed, after so many rounds that have ended strangers. */
static inline bool processes_persist(unsigned rounds)
{
    return rounds % 3 == 2;
}

#endif
