/*
 * Variables that nobody looks at and that somebody may have meant: a misspelt token would leave an
 * engine open without a word. Pure.
 */
#ifndef STANDPY_ROUTER_UNKNOWN_VARIABLES_H
#define STANDPY_ROUTER_UNKNOWN_VARIABLES_H

#include <stdbool.h>

#include "settings.h"

/*
 * False, with a line in error, if a variable begins with the name of one of the engines and is
 * none of the settings of engines, nor part of what Kubernetes sets for a service. Calls warn with
 * a line for each that is like a setting's name.
 */
bool unknown_variables_check(const struct settings *settings, char *const *environment,
                             void (*warn)(const char *line), struct setting_error error);

/* ", did you mean X?" for a name that is none, or "". */
void unknown_variables_hint(const struct settings *settings, const char *name, char *hint,
                            size_t capacity);

#endif
