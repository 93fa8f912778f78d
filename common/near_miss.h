/*
 * Recognizes names that are probably mistyped. Pure.
 */
#ifndef STANDPY_NEAR_MISS_H
#define STANDPY_NEAR_MISS_H

#include <stdbool.h>

/*
 * Whether a name differs from `meant` by so little that it is probably a mistake: another case, -
 * or . for _, or one letter (in longer names two) changed, added, missing or swapped with its
 * neighbour.
 */
bool near_miss(const char *name, const char *meant);

#endif
