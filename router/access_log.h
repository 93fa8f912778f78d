/*
 * One line for each request, on standard output; one for each failure, on standard error.
 */
#ifndef STANDPY_ROUTER_ACCESS_LOG_H
#define STANDPY_ROUTER_ACCESS_LOG_H

struct exchange;

/* Writes the access line and, where the exchange failed, the line with the cause. */
void access_log_write(const struct exchange *exchange);

/* One line about the router itself on standard error. */
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

#endif
