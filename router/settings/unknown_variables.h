/*
 * Finds variables that the router does not read but that somebody may have meant: a misspelt token
 * would silently leave an engine open. Pure.
 */
#ifndef STANDPY_ROUTER_UNKNOWN_VARIABLES_H
#define STANDPY_ROUTER_UNKNOWN_VARIABLES_H

#include <stdbool.h>

#include "settings.h"

/*
 * False, with a line in error, if a variable begins with the name of an engine, but is neither a
 * setting of engines nor set by Kubernetes for a service. Calls warn with a line for each other
 * variable whose name resembles a setting's.
 */
bool unknown_variables_check(const struct settings *settings, char *const *environment,
                             void (*warn)(const char *line), struct setting_error error);

/* Writes "; did you mean X?" for a name that is no setting's, or "" if none is similar. */
void unknown_variables_hint(const struct settings *settings, const char *name, char *hint,
                            size_t capacity);

#endif
