/*
 * CSV (RFC 4180) as a table that people can read. Pure, but for the streams; LC_CTYPE must be one
 * of UTF-8.
 */
#ifndef STANDPY_TABLE_H
#define STANDPY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table_room {
    size_t width; /* columns of the terminal; 0: no bound */
    size_t rows;  /* that are shown, without the header; at least 2 */
};

/*
 * Reads a table to its end, and writes it with aligned columns, numbers to the right, nothing in it
 * that could control a terminal. Of a table with more rows only the first and last are written, of
 * one that is too wide the widest cells are cut and then the last columns left out, each with …; a
 * line behind it says how many rows and columns there are. Memory depends on the room, not on the
 * table. False if a stream fails or memory runs out.
 */
bool table_write(FILE *csv, FILE *out, struct table_room room);

#endif
