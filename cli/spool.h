/*
 * Bytes that wait until the answer is whole: in memory while they are few, else in a file without a
 * name.
 */
#ifndef STANDPY_CLI_SPOOL_H
#define STANDPY_CLI_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "slice.h"

#define SPOOL_IN_MEMORY (1 << 20) /* bytes */

/* All zero at the beginning. */
struct spool {
    FILE *file;  /* owned: on disk, or what spool_read made of the bytes in memory */
    char *bytes; /* owned; in memory, where they take no descriptor */
    size_t capacity;
    uint64_t size;
    bool is_on_disk;
};

/* False with errno. */
bool spool_write(struct spool *spool, struct slice bytes);

/* The stream at its beginning, to read. Borrowed, until the next call. NULL with errno. */
FILE *spool_read(struct spool *spool);

/* Copies all of it. False with errno. */
bool spool_copy(struct spool *spool, FILE *out);

void spool_finish(struct spool *spool);

#endif
