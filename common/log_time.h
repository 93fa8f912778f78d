/*
 * The current time as log lines show it: UTC, RFC 3339, to the millisecond.
 */
#ifndef STANDPY_LOG_TIME_H
#define STANDPY_LOG_TIME_H

#include <stdio.h>
#include <time.h>

#define LOG_TIME_CAPACITY 40

/* Returns text. */
static inline const char *log_time(char text[LOG_TIME_CAPACITY])
{
    struct timespec now;
    struct tm utc;
    char seconds[LOG_TIME_CAPACITY - 10];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, LOG_TIME_CAPACITY, "%s.%03dZ", seconds, (int)(now.tv_nsec / 1000000));
    return text;
}

#endif
