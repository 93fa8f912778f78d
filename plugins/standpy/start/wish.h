/*
 * The modules that the front wants the next zygote to import in advance, in memory that front and
 * master share. If the front is killed while it writes, the number stays odd and nobody reads them.
 */
#ifndef STANDPY_WISH_H
#define STANDPY_WISH_H

#include <stdatomic.h>
#include <stdbool.h>

#include "module_names.h"

struct wish {
    atomic_uint number; /* of the wish; odd while the front writes. 0: there is none yet */
    unsigned length;
    char modules[MODULE_NAMES_TEXT]; /* a valid list */
};

void wish_write(struct wish *wish, struct slice modules);

/*
 * Copies the wish, with a null behind it, unless its number is `known`. Returns its number; 0:
 * there is no new one.
 */
unsigned wish_read(const struct wish *wish, unsigned known, char modules[MODULE_NAMES_TEXT + 1]);

#endif
