/*
 * Logs lines about the router itself on standard error, and the access log on standard output.
 */
#ifndef STANDPY_ROUTER_LOG_H
#define STANDPY_ROUTER_LOG_H

#include <stddef.h>

__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/*
 * Adds a whole line to what this thread writes to standard output next. snprintf made the line;
 * length is what it returned. capacity: PIPE_BUF bytes at most.
 */
void log_add(const char *line, int length, size_t capacity);

/* Writes the lines that were added. Call it once for each turn of a loop, however many requests
 * ended in it. A full pipe blocks the thread. */
void log_flush(void);

#endif
