/*
 * What names and values of fields may consist of. Pure.
 */
#ifndef STANDPY_FIELD_SYNTAX_H
#define STANDPY_FIELD_SYNTAX_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

/* A token (RFC 9110 §5.6.2): a method, or the name of a field. */
bool field_is_token(struct slice text);

/* Whether it has no control character but tabs, so that it ends no line (RFC 9110 §5.5). */
bool field_is_value(struct slice text);

/* Content-Length: digits only (RFC 9110 §8.6), at most INT64_MAX. uWSGI reads anything as some
 * number. */
bool field_read_length(struct slice text, uint64_t *length);

#endif
