/*
 * The SHA-256 of a script, by which its author finds it (sha256sum), for the line of its death.
 */
#ifndef STANDPY_DIGEST_H
#define STANDPY_DIGEST_H

#include "message.h"
#include "slice.h"

/* In hexadecimal digits, without a null. That of the last text is not worked out again. */
void digest_of(struct slice text, char digits[SCRIPT_DIGEST]);

#endif
