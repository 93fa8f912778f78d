/*
 * The SHA-256 of a script, for the log line when it dies; its author finds it by sha256sum.
 */
#ifndef STANDPY_DIGEST_H
#define STANDPY_DIGEST_H

#include "message.h"
#include "slice.h"

/* In hexadecimal digits, without a null. If the text is that of the last call, costs nothing. */
void digest_of(struct slice text, char digits[SCRIPT_DIGEST]);

/* The first 64 bits of a digest; 1 if they are 0. */
uint64_t digest_number(const char digits[SCRIPT_DIGEST]);

#endif
