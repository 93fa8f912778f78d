/*
 * The variables of engines, ENGINE_<NAME>_…: one table of them. Pure.
 */
#ifndef STANDPY_ROUTER_ENGINE_SETTINGS_H
#define STANDPY_ROUTER_ENGINE_SETTINGS_H

#include <stdbool.h>

#include "settings_parse.h"
#include "settings_values.h"

/* Reads all of them. Files of tokens are read by then (configuration.h). */
bool engine_settings_read(struct settings *settings, char *const *environment,
                          struct settings_error error);
void engine_settings_finish(struct settings *settings);

/* Whether a name has the form of one. */
bool engine_settings_know(const char *name);

/* Whether its value is shown to nobody. */
bool engine_settings_is_secret(const char *name);

/* Their names behind ENGINE_<NAME>, such as _HOST, up to a NULL. */
const char *const *engine_settings_suffixes(void);

#endif
