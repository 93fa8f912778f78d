/*
 * Fields of a head, of an HTTP request or of a part of a multipart body. Pure.
 */
#ifndef STANDPY_HEADER_FIELD_H
#define STANDPY_HEADER_FIELD_H

#include "slice.h"

/*
 * The value of the first field of that name (in upper or lower case), without the white space
 * before it. head: lines that end with CR LF. Borrowed from head; data is NULL if there is none.
 */
struct slice header_field(struct slice head, const char *name);

#endif
