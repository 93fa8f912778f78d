/*
 * Cells of a readable table: texts whose width on a terminal is known. Pure; LC_CTYPE must be one
 * of UTF-8.
 */
#ifndef STANDPY_CELL_H
#define STANDPY_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct cell {
    char *text;     /* owned, in UTF-8; nothing in it can control a terminal */
    size_t width;   /* columns of a terminal */
    bool is_number; /* stands to the right */
};

/* A cell with this text, made visible; line feeds and tabs too. False if memory runs out. */
bool cell_init(struct cell *cell, const char *text);
void cell_finish(struct cell *cell);

/*
 * Writes the cell as wide as the column, with spaces before a number and behind anything else; cut
 * with … if it is wider. *pending: spaces that the cell before owes, which are written only if
 * something follows; those that this one owes take their place.
 */
void cell_write(const struct cell *cell, FILE *out, size_t width, size_t *pending);

#endif
