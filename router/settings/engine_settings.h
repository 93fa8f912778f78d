/*
 * The variables of engines, ENGINE_<NAME>_…: one table of them. Pure.
 */
#ifndef STANDPY_ROUTER_ENGINE_SETTINGS_H
#define STANDPY_ROUTER_ENGINE_SETTINGS_H

#include <stdbool.h>

#include "setting.h"
#include "settings_values.h"

/* The names in it stand behind ENGINE_<NAME>. */
extern const struct setting engine_settings_table[];

/* Reads all of them. Files of tokens are read by then (configuration.h). */
bool engine_settings_read(struct settings *settings, char *const *environment,
                          struct setting_error error);
void engine_settings_finish(struct settings *settings);

/* Whether a name has the form of one. */
bool engine_settings_know(const char *name);

/* Whether it has the form of one that names a file of tokens. */
bool engine_settings_is_token_file(const char *name);

#endif
