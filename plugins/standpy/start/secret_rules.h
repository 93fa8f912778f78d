/*
 * Which variables of the environment are hidden from scripts. Pure.
 */
#ifndef STANDPY_SECRET_RULES_H
#define STANDPY_SECRET_RULES_H

#include <stdbool.h>

#include "slice.h"

struct secret_rules {
    const char *keep; /* names with commas between that are not, whatever they look like; or NULL */
    const char *hide; /* and that are; or NULL */
    bool guess;       /* whether those that look like secrets are */
};

/* variable: name=value. */
bool secret_is_hidden(const struct secret_rules *rules, struct slice variable);

#endif
