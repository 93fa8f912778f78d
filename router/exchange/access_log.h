/*
 * One line for each request, on standard output; one for each failure, on standard error.
 */
#ifndef STANDPY_ROUTER_ACCESS_LOG_H
#define STANDPY_ROUTER_ACCESS_LOG_H

#include <stdbool.h>

#include "log_level.h"
#include "record.h"

/* LOG_FORMAT; lines of text before it is called. */
void access_log_use_json(bool json);

/* Writes the access line, if the level asks for it, and if the exchange failed the line with the
 * cause. */
void access_log_write(const struct record *record, enum log_level level);

#endif
