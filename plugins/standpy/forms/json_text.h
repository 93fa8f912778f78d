/*
 * Reads and writes JSON, and gives up at the first allocation that fails: jansson itself goes on,
 * asks again for each byte, and hands back a value or a text that is shorter than it should be.
 */
#ifndef STANDPY_JSON_TEXT_H
#define STANDPY_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "slice.h"

/* As json_loadb. *exhausted: memory ran out; NULL is returned then. A byte order mark is skipped
 * (RFC 8259 §8.1). */
json_t *json_text_read(struct slice text, size_t flags, json_error_t *error, bool *exhausted);

/* As json_dumps; NULL where memory ran out, whatever jansson made of it. */
char *json_text_write(const json_t *value, size_t flags);

#endif
