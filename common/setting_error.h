/*
 * The line about a setting that is refused. Pure.
 */
#ifndef STANDPY_SETTING_ERROR_H
#define STANDPY_SETTING_ERROR_H

#include <stdbool.h>
#include <stddef.h>

/* Takes the line that says what is refused, and why. */
struct setting_error {
    char *line;
    size_t capacity;
};

/* Writes the line and returns false. */
__attribute__((format(printf, 2, 3))) bool setting_refuse(struct setting_error error,
                                                          const char *format, ...);
/* The same with "NAME=value is not allowed: …"; the value is made safe for a line. */
bool setting_refuse_value(struct setting_error error, const char *name, const char *value,
                          const char *why);

#endif
