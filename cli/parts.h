/*
 * The body of a request, as parts of multipart/form-data. Pure.
 */
#ifndef STANDPY_CLI_PARTS_H
#define STANDPY_CLI_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

struct part {
    const char *name;       /* script, input, file, metadata, options */
    const char *media_type; /* NULL for none */
    const char *path;       /* of a file that is read while it is sent; NULL: content */
    uint64_t size;          /* of that file */
    struct slice content;
};

/* Borrows all that the parts point to. */
struct parts {
    struct part *list; /* owned */
    size_t count;
};

/* False if memory runs out. */
bool parts_add(struct parts *parts, struct part part);
void parts_finish(struct parts *parts);

#endif
