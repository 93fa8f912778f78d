/*
 * Reads and writes JSON, and gives up at the first failed allocation. jansson alone would go on,
 * try again for each byte, and return a value or a text that is too short.
 */
#ifndef STANDPY_JSON_TEXT_H
#define STANDPY_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "slice.h"

/* Like json_loadb, but skips a byte order mark (RFC 8259 §8.1). *exhausted: memory ran out; the
 * result is then NULL. */
json_t *json_text_read(struct slice text, size_t flags, json_error_t *error, bool *exhausted);

/* Like json_dumps; NULL if memory ran out, even if jansson returned a text. */
char *json_text_write(const json_t *value, size_t flags);

#endif
