/*
 * Sizes as people write them in settings: "500k", "1m", "2g".
 */
#ifndef STANDPY_SIZE_H
#define STANDPY_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/* What a size may look like, for error messages. */
#define SIZE_ALLOWED "a whole number of bytes, or one with k, m or g behind it, such as 500k"

/*
 * Reads text: digits, then nothing or one of k, m, g (either case; powers of 1024).
 * True and *bytes set, or false where text is anything else, zero, or above INT64_MAX.
 */
bool size_parse(const char *text, uint64_t *bytes);

#endif
