/*
 * The router's settings, read from environment variables; the rest of the program sees a const
 * struct. Pure: takes the variables as an array.
 */
#ifndef STANDPY_ROUTER_SETTINGS_H
#define STANDPY_ROUTER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "settings_values.h"

/* Whether a variable of that name is looked at; the names of those that are no engine's, up to a
 * NULL. */
bool settings_know(const char *name);
const char *const *settings_plain_names(void);

/*
 * Reads NAME=value strings up to a NULL. False, and one line in error, where a value is not
 * allowed; a token is never part of that line. settings_finish is due in both cases.
 */
bool settings_read(struct settings *settings, char *const *environment, char *error,
                   size_t capacity);
void settings_finish(struct settings *settings);

#endif
