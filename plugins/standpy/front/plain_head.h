/*
 * What uWSGI's parser is given of a request's head. That parser takes a_b and a-b for the same
 * field, keeps line breaks, NULs and blanks that no field may have, and guesses what malformed
 * percent-encodings mean. So a request could mean one thing to a proxy, and another one here.
 * Pure.
 */
#ifndef STANDPY_PLAIN_HEAD_H
#define STANDPY_PLAIN_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

enum plain_head { PLAIN_HEAD_MORE, PLAIN_HEAD_WHOLE, PLAIN_HEAD_MALFORMED };

/*
 * Finds the end of a head, behind its empty line. `seen`: so many bytes were looked at before.
 * Empty lines in front of it are part of it (RFC 9112 §2.2).
 */
enum plain_head plain_head_find(struct slice text, size_t seen, size_t *length);

/*
 * Checks a whole head (RFC 9112 §2 to §5, strictly), and copies it to `to`, which has as much room,
 * without blanks around values and without the fields that have an underscore in their name.
 * Returns how many bytes that are; 0 if it is malformed.
 */
size_t plain_head_copy(struct slice head, char *to);

#endif
