/*
 * JSON as Python's json.dumps(value, ensure_ascii=False) writes it: ", " and ": ", characters
 * instead of escapes, floats in the shortest form. Integers keep all their digits. Pure, but for
 * the stream.
 */
#ifndef STANDPY_VALUE_TEXT_H
#define STANDPY_VALUE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define VALUE_TEXT_DEPTH 2000 /* arrays and objects within each other */

struct value_text;

/*
 * out: borrowed; NULL: the JSON is only checked. NULL if memory runs out. Give it the JSON in any
 * pieces; memory stays flat whatever its size.
 */
struct value_text *value_text_create(FILE *out);
void value_text_destroy(struct value_text *value); /* NULL: nothing happens */

/* False if that cannot be JSON in UTF-8, or is nested deeper than VALUE_TEXT_DEPTH. */
bool value_text_take(struct value_text *value, const char *bytes, size_t length);

/* Whether there was exactly one whole value; the stream has no line feed behind it. */
bool value_text_end(struct value_text *value);

/* Both for a whole text. */
bool value_text_write(FILE *out, const char *text, size_t length);

#endif
