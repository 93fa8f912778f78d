/*
 * Fields of a head, be it of an HTTP request or of a part of a multipart body: pure.
 */
#ifndef STANDPY_HEADER_FIELD_H
#define STANDPY_HEADER_FIELD_H

#include "slice.h"

/*
 * Value of the first field of that name, in any case, without the white space before it. head:
 * lines that end with CR LF. Data is NULL where there is none. Borrowed from head.
 */
struct slice header_field(struct slice head, const char *name);

#endif
