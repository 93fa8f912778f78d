/*
 * Logs one line for each request on standard output, and one for each failure on standard error.
 */
#ifndef STANDPY_ROUTER_ACCESS_LOG_H
#define STANDPY_ROUTER_ACCESS_LOG_H

#include <stdbool.h>

#include "log_level.h"
#include "record.h"

/* Sets LOG_FORMAT. Before the first call, lines are text. */
void access_log_use_json(bool json);

/* Writes the access line if the level asks for it, and a line with the cause if the exchange
 * failed. */
void access_log_write(const struct record *record, enum log_level level);

#endif
