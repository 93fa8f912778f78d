/*
 * What the front wants the next zygote to import ahead: in memory that front and master share. The
 * front writes, and may be killed while it does; then the number stays odd, and nobody reads it.
 */
#ifndef STANDPY_WISH_H
#define STANDPY_WISH_H

#include <stdatomic.h>
#include <stdbool.h>

#include "module_names.h"

struct wish {
    atomic_uint number; /* of the wish; odd while it is written. 0: there is none yet */
    unsigned length;
    char modules[MODULE_NAMES_TEXT]; /* a valid list */
};

void wish_write(struct wish *wish, struct slice modules);

/* Copies a wish that is not `known`, with a null behind it. Returns its number; 0: there is none.
 */
unsigned wish_read(const struct wish *wish, unsigned known, char modules[MODULE_NAMES_TEXT + 1]);

#endif
