/*
 * Which requests have a line in the log (LOG_LEVEL), and its form (LOG_FORMAT): pure.
 */
#ifndef STANDPY_LOG_LEVEL_H
#define STANDPY_LOG_LEVEL_H

#include <stdbool.h>

#include "setting.h"

enum log_level {
    LOG_LEVEL_INFO, /* all but probes that went well: the default */
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_WARNING, /* those that failed */
    LOG_LEVEL_ERROR,   /* those that engine or router failed at */
};

extern const struct setting_choice log_levels[];  /* of enum log_level */
extern const struct setting_choice log_formats[]; /* whether it is JSON */

/* is_probe: it asked for health, metrics or /info. */
bool log_level_has(enum log_level level, int status, bool is_probe);

#endif
