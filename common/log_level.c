#include "log_level.h"

const struct setting_choice log_levels[] = {
    {"debug", LOG_LEVEL_DEBUG},
    {"info", LOG_LEVEL_INFO},
    {"warning", LOG_LEVEL_WARNING},
    {"error", LOG_LEVEL_ERROR},
    {NULL, 0},
};

const struct setting_choice log_formats[] = {{"text", false}, {"json", true}, {NULL, 0}};

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
