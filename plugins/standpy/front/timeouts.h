/*
 * What has to happen within a time: lists of equal durations, so that whoever was put last is due
 * last, and nothing has to be sorted. Pure.
 */
#ifndef STANDPY_TIMEOUTS_H
#define STANDPY_TIMEOUTS_H

#include <stdint.h>

#define TIMEOUT_NEVER INT64_MAX

struct timeout_list;

/* Part of whatever waits; all zero before its first use. */
struct timeout {
    struct timeout *older, *younger;
    struct timeout_list *list; /* NULL: not in one */
    int64_t due;               /* nanoseconds */
};

/* All zero but for the first two is an empty one. */
struct timeout_list {
    int64_t duration; /* nanoseconds; 0 for a list that is only kept in order */
    void (*passed)(struct timeout *timeout);
    struct timeout *oldest, *youngest;
};

/* It is due `duration` from now; taken out of the list in which it was. */
void timeout_start(struct timeout_list *list, struct timeout *timeout, int64_t now);
void timeout_stop(struct timeout *timeout);

/* Takes out all that are due, and calls `passed` for each. */
void timeouts_pass(struct timeout_list *list, int64_t now);

/* When the next one is due, or TIMEOUT_NEVER. */
int64_t timeouts_next(const struct timeout_list *list);

#endif
