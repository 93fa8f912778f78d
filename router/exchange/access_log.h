/*
 * One line for each request, on standard output; one for each failure, on standard error.
 */
#ifndef STANDPY_ROUTER_ACCESS_LOG_H
#define STANDPY_ROUTER_ACCESS_LOG_H

#include <stdbool.h>

struct exchange;

/* LOG_FORMAT; lines of text before it is called. */
void access_log_use_json(bool json);

/* Writes the access line and, where the exchange failed, the line with the cause. */
void access_log_write(const struct exchange *exchange);

#endif
