/*
 * Memory files that take what a script prints: read and bounded from outside, by descriptors that
 * share their position with the script's.
 */
#ifndef STANDPY_CAPTURED_H
#define STANDPY_CAPTURED_H

#include <stdbool.h>

#include "slice.h"

/* Bytes kept of each stream: the first and the last half of it, with a mark between. */
#define CAPTURE_LIMIT (1U << 20)

/*
 * What was printed so far, or its head and its tail. The caller frees text->data unless the length
 * is 0. False if memory runs out; text is empty then.
 */
bool captured_read(int memory, struct slice *text);

/* Frees the middle of what a runaway script prints, while it prints. */
void captured_trim(int memory);

/* Nothing was printed. False with errno set. */
bool captured_reset(int memory);

#endif
