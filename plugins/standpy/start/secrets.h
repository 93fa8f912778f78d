/*
 * Variables of the environment that scripts do not see, see secret_rules.h.
 */
#ifndef STANDPY_SECRETS_H
#define STANDPY_SECRETS_H

#include <stddef.h>

#include "secret_rules.h"

/*
 * Removes hidden variables from the environment, also from what /proc shows of this process. Their
 * names, with commas between, go to `names`.
 */
void secrets_hide(const struct secret_rules *rules, char *names, size_t capacity);

#endif
