#include "log_level.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_ERROR] = "error",
};

bool log_level_parse(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(names[i], name) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_level_has(enum log_level level, int status, bool is_probe)
{
    switch (level) {
    case LOG_LEVEL_DEBUG:
        return true;
    case LOG_LEVEL_INFO:
        return !is_probe || status >= 400;
    case LOG_LEVEL_WARNING:
        return status >= 400;
    case LOG_LEVEL_ERROR:
        return status >= 500;
    }
    return true;
}
