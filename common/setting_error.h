/*
 * The line about a setting that is refused. Pure.
 */
#ifndef STANDPY_SETTING_ERROR_H
#define STANDPY_SETTING_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* Where the line about what is refused goes. */
struct setting_error {
    char *line;
    size_t capacity;
};

/* Both write the line, and return false. */
__attribute__((format(printf, 2, 3))) bool setting_refuse(struct setting_error error,
                                                          const char *format, ...);
/* "NAME=value is not allowed: …", the value made safe for a line. */
bool setting_refuse_value(struct setting_error error, const char *name, const char *value,
                          const char *why);

#endif
