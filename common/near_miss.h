/*
 * Names that somebody may have meant. Pure.
 */
#ifndef STANDPY_NEAR_MISS_H
#define STANDPY_NEAR_MISS_H

#include <stdbool.h>

/*
 * Whether a name is not `meant`, and so like it that it is most likely a mistake: in another case,
 * with - for _, or with one letter (of longer names two) changed, added, missing or in the wrong
 * place.
 */
bool near_miss(const char *name, const char *meant);

#endif
