/*
 * Correlates requests: keeps a client's X-Request-Id if it is usable, else makes one.
 */
#ifndef STANDPY_REQUEST_ID_H
#define STANDPY_REQUEST_ID_H

#include <stddef.h>

#define REQUEST_ID_HEADER   "X-Request-Id"
#define REQUEST_ID_CAPACITY 129 /* 128 characters and the null */

/*
 * Copies what the client sent (may be NULL) if it is 1 to 128 letters, digits and -_.:/+=@; else
 * fills id with 32 random hexadecimal digits.
 */
void request_id_choose(char id[REQUEST_ID_CAPACITY], const char *sent, size_t length);

#endif
