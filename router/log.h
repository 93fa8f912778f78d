/*
 * Logs lines about the router itself on standard error.
 */
#ifndef STANDPY_ROUTER_LOG_H
#define STANDPY_ROUTER_LOG_H

#include <stddef.h>

__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

/* Writes a whole line that snprintf made; length is what snprintf returned. */
void log_write(int descriptor, const char *line, int length, size_t capacity);

#endif
