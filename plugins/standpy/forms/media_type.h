/*
 * Content-Type and Content-Disposition values (RFC 9110 §8.3.1, RFC 6266): pure parsing.
 */
#ifndef STANDPY_MEDIA_TYPE_H
#define STANDPY_MEDIA_TYPE_H

#include <stdbool.h>

#include "slice.h"

#define PARAMETER_CAPACITY 256

/* The part before the first ";", without surrounding white space. Borrowed from value. */
struct slice media_type_essence(struct slice value);

/*
 * Finds a parameter by name (any case), unquotes it into out (null-terminated).
 * *length is its length in bytes. False where it is absent, malformed or too long for out.
 */
bool media_type_parameter(struct slice value, const char *name, char out[PARAMETER_CAPACITY],
                          size_t *length);

#endif
