/*
 * The router's settings, read from environment variables; the rest of the program sees a const
 * struct. Pure: takes the variables as an array.
 */
#ifndef STANDPY_ROUTER_SETTINGS_H
#define STANDPY_ROUTER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "setting.h"
#include "settings_values.h"

/* Those that are no engine's (engine_settings.h). */
extern const struct setting settings_table[];

/* Whether a variable of that name is looked at. */
bool settings_know(const char *name);

/*
 * Reads NAME=value strings up to a NULL. False, and one line in error, if a value is not allowed;
 * a token is never part of that line. settings_finish is due in both cases.
 */
bool settings_read(struct settings *settings, char *const *environment, struct setting_error error);
void settings_finish(struct settings *settings);

#endif
