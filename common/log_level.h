/*
 * Which requests have a line in the log (LOG_LEVEL): pure.
 */
#ifndef STANDPY_LOG_LEVEL_H
#define STANDPY_LOG_LEVEL_H

#include <stdbool.h>

enum log_level {
    LOG_LEVEL_INFO, /* all but probes that went well: the default */
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_WARNING, /* those that failed */
    LOG_LEVEL_ERROR,   /* those that engine or router failed at */
};

#define LOG_LEVELS_ALLOWED "debug, info, warning or error"

/* False where it is no such name. */
bool log_level_parse(const char *name, enum log_level *level);

/* is_probe: it asked for health, metrics or /info. */
bool log_level_has(enum log_level level, int status, bool is_probe);

#endif
