/*
 * Lines about the router itself on standard error, and those of the access log on standard output.
 */
#ifndef STANDPY_ROUTER_LOG_H
#define STANDPY_ROUTER_LOG_H

#include <stddef.h>

__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/*
 * Adds a whole line that snprintf made to what this thread writes to standard output next; length
 * is what snprintf returned, and capacity at most PIPE_BUF bytes.
 */
void log_add(const char *line, int length, size_t capacity);

/* Writes what was added: once for each turn of a loop, however many requests ended in it. A full
 * pipe blocks the thread. */
void log_flush(void);

#endif
