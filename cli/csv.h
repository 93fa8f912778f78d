/*
 * Reads CSV (RFC 4180) field by field. Pure, but for the stream.
 */
#ifndef STANDPY_CSV_H
#define STANDPY_CSV_H

#include <stddef.h>
#include <stdio.h>

enum csv_end {
    CSV_FIELD, /* another field of the row follows */
    CSV_ROW,   /* it was the last one of its row */
    CSV_NONE,  /* there was no field: the text ended, or cannot be read (ferror) */
};

/*
 * Reads a field without its quotes into `field`, null-terminated; what does not fit into the
 * capacity (> 0) is skipped. *length: of the whole field. A blank line is a row with one empty
 * field. CSV_NONE behind CSV_FIELD: the row had an empty last field.
 */
enum csv_end csv_read(FILE *csv, char *field, size_t capacity, size_t *length);

#endif
