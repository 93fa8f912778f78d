/*
 * Reads the variables of engines, ENGINE_<NAME>_…, by one table. Pure.
 */
#ifndef STANDPY_ROUTER_ENGINE_SETTINGS_H
#define STANDPY_ROUTER_ENGINE_SETTINGS_H

#include <stdbool.h>

#include "setting.h"
#include "settings_values.h"

/* Its names follow ENGINE_<NAME>. */
extern const struct setting engine_settings_table[];

/* Reads the variables of all engines. Files of tokens must already be read (configuration.h). */
bool engine_settings_read(struct settings *settings, char *const *environment,
                          struct setting_error error);
void engine_settings_finish(struct settings *settings);

/* Whether a name has the form of an engine's variable. */
bool engine_settings_know(const char *name);

/* Whether it has the form of a variable that names a file of tokens. */
bool engine_settings_is_token_file(const char *name);

#endif
