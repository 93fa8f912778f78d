/*
 * Numbers as people read them: 10,737,418,240. Pure.
 */
#ifndef STANDPY_CLI_GROUPED_H
#define STANDPY_CLI_GROUPED_H

#include <stdint.h>

#define GROUPED 32 /* bytes of the text */

/* Returns out. */
char *grouped(char out[GROUPED], int64_t number);

#endif
