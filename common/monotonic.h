/*
 * A clock that no change of the date moves. It counts from an arbitrary moment (clock_gettime(2)).
 */
#ifndef STANDPY_MONOTONIC_H
#define STANDPY_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline int64_t monotonic_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t monotonic_microseconds(void)
{
    return monotonic_nanoseconds() / 1000;
}

static inline int64_t monotonic_milliseconds(void)
{
    return monotonic_nanoseconds() / 1000000;
}

static inline int64_t monotonic_seconds(void)
{
    return monotonic_nanoseconds() / 1000000000;
}

#endif
