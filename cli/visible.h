/*
 * Makes texts from outside safe for a terminal: nothing in them may control it. Pure, but for the
 * stream; LC_CTYPE must be one of UTF-8, as C.UTF-8 is.
 */
#ifndef STANDPY_VISIBLE_H
#define STANDPY_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* All zero at the beginning. held: the beginning of a character whose rest is still to come. */
struct visible {
    char held[4];
    size_t count;
};

/*
 * Writes bytes that may come in any pieces. Line feeds, tabs and what can be printed stay as they
 * are; other characters become \r, \x1b, \u202e, and bytes that are not UTF-8 \xff. False if the
 * stream fails.
 */
bool visible_take(struct visible *visible, FILE *out, const char *bytes, size_t length);

/* Writes what is held of a character that never ended. */
bool visible_end(struct visible *visible, FILE *out);

/*
 * A stream that writes what it gets visible to `out`, which is borrowed. Closing it (fclose) does
 * not close `out`, and fails if that failed. NULL with errno.
 */
FILE *visible_open(FILE *out);

/* Both for a whole text. */
bool visible_write(FILE *out, const char *text, size_t length);

/* Whether a character has a glyph: no control character, and none that changes the direction. */
bool visible_is(uint32_t character);

#define VISIBLE_ESCAPE 12 /* bytes of an escape, with its null */

/* How a character that is not visible is written; returns its length. */
size_t visible_escape(char out[VISIBLE_ESCAPE], uint32_t character);

#define QUOTED 512 /* bytes of a quoted text */

/* Writes the text in quotes as Python's repr does, cut with … if it is longer. Returns out. */
char *visible_quoted(char out[QUOTED], const char *text);

#endif
