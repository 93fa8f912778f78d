/*
 * Decides which variables of the environment scripts do not see. Pure.
 */
#ifndef STANDPY_SECRET_RULES_H
#define STANDPY_SECRET_RULES_H

#include <stdbool.h>

#include "slice.h"

struct secret_rules {
    const char *keep; /* names that scripts see, with commas between; NULL: none */
    const char *hide; /* names that scripts do not see, likewise */
    bool guess;       /* whether to hide other names that look like secrets */
};

/* variable: name=value. */
bool secret_is_hidden(const struct secret_rules *rules, struct slice variable);

#endif
