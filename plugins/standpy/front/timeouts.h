/*
 * Timeouts, in lists of equal durations: what was added last is due last, so nothing has to be
 * sorted. Pure.
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

/* An empty list is all zero except for the first two fields. */
struct timeout_list {
    int64_t duration; /* nanoseconds; 0 if the list only keeps an order */
    void (*passed)(struct timeout *timeout);
    struct timeout *oldest, *youngest;
};

/* Makes it due `duration` from now, and takes it out of the list in which it was. */
void timeout_start(struct timeout_list *list, struct timeout *timeout, int64_t now);
void timeout_stop(struct timeout *timeout);

/* Takes out all timeouts that are due, and calls `passed` for each. */
void timeouts_pass(struct timeout_list *list, int64_t now);

/* When the next one is due, or TIMEOUT_NEVER. */
int64_t timeouts_next(const struct timeout_list *list);

#endif
