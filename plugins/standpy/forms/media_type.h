/*
 * Parses values of Content-Type and Content-Disposition (RFC 9110 §8.3.1, RFC 6266). Pure.
 */
#ifndef STANDPY_MEDIA_TYPE_H
#define STANDPY_MEDIA_TYPE_H

#include <stdbool.h>

#include "slice.h"

#define PARAMETER_CAPACITY 256

/* The part before the first ";", without surrounding white space. Borrowed from value. */
struct slice media_type_essence(struct slice value);

/*
 * Finds a parameter by name (upper or lower case), and unquotes it into out (null-terminated).
 * *length is its length in bytes. False if it is absent, malformed or too long for out.
 */
bool media_type_parameter(struct slice value, const char *name, char out[PARAMETER_CAPACITY],
                          size_t *length);

#endif
