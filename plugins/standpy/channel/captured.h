/*
 * Memory files that take what a script prints. The front reads and bounds them from outside,
 * through descriptors that share their position with the script's.
 */
#ifndef STANDPY_CAPTURED_H
#define STANDPY_CAPTURED_H

#include <stdbool.h>

#include "slice.h"

/* Bytes kept of each stream: half from its start, half from its end, with a mark between. */
#define CAPTURE_LIMIT (1U << 20)

/*
 * Reads what was printed so far, or its head and its tail. The caller frees text->data unless the
 * length is 0. False, with an empty text, if memory runs out.
 */
bool captured_read(int memory, struct slice *text);

/* Frees the middle of what a runaway script prints, while it prints. */
void captured_trim(int memory);

/* Forgets what was printed. False with errno set. */
bool captured_reset(int memory);

#endif
