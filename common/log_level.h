/*
 * Which requests are logged (LOG_LEVEL), and in which format (LOG_FORMAT). Pure.
 */
#ifndef STANDPY_LOG_LEVEL_H
#define STANDPY_LOG_LEVEL_H

#include <stdbool.h>

#include "setting.h"

enum log_level {
    LOG_LEVEL_INFO, /* the default: all but successful probes */
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_WARNING, /* failed requests: status 400 or more */
    LOG_LEVEL_ERROR,   /* failures of engine or router: status 500 or more */
};

extern const struct setting_choice log_levels[];  /* values: enum log_level */
extern const struct setting_choice log_formats[]; /* values: whether the lines are JSON */

/* Whether a request is logged. is_probe: it asked for health, metrics or /info. */
bool log_level_has(enum log_level level, int status, bool is_probe);

#endif
