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
 * Reads digits, perhaps followed by k, m or g (either case; powers of 1024), and sets *bytes. False
 * if the text is anything else, zero, or above INT64_MAX.
 */
bool size_parse(const char *text, uint64_t *bytes);

#endif
