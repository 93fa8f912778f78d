/*
 * Hides variables of the environment from scripts, by secret_rules.h.
 */
#ifndef STANDPY_SECRETS_H
#define STANDPY_SECRETS_H

#include <stddef.h>

#include "secret_rules.h"

/*
 * Removes hidden variables from the environment, and from what /proc shows of this process. Writes
 * their names, with commas between, to `names`.
 */
void secrets_hide(const struct secret_rules *rules, char *names, size_t capacity);

#endif
