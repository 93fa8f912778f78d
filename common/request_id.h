/*
 * Correlation: X-Request-Id is kept where a client sent a usable one, and made where not.
 */
#ifndef STANDPY_REQUEST_ID_H
#define STANDPY_REQUEST_ID_H

#include <stddef.h>

#define REQUEST_ID_HEADER   "X-Request-Id"
#define REQUEST_ID_CAPACITY 129 /* 128 characters and the null */

/*
 * Fills id from what the client sent (may be NULL): kept when it is 1 to 128 characters of
 * letters, digits and -_.:/+=@, else replaced by 32 random hexadecimal digits.
 */
void request_id_choose(char id[REQUEST_ID_CAPACITY], const char *sent, size_t length);

#endif
