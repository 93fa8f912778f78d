/*
 * Reads the router's settings from environment variables; the rest of the program sees a const
 * struct. Pure: takes the variables as an array.
 */
#ifndef STANDPY_ROUTER_SETTINGS_H
#define STANDPY_ROUTER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "setting.h"
#include "settings_values.h"

/* The settings that belong to no engine; for the others see engine_settings.h. */
extern const struct setting settings_table[];

/* Whether the router reads a variable of that name. */
bool settings_know(const char *name);

/*
 * Reads NAME=value strings up to a NULL. False, and one line in error, if a value is not allowed;
 * that line never contains a token. Call settings_finish in either case.
 */
bool settings_read(struct settings *settings, char *const *environment, struct setting_error error);
void settings_finish(struct settings *settings);

#endif
