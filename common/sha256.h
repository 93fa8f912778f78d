/*
 * SHA-256 of bytes that come in pieces.
 */
#ifndef STANDPY_SHA256_H
#define STANDPY_SHA256_H

#include <nettle/sha2.h>

#include "slice.h"

#define SHA256_DIGITS 64 /* hexadecimal, lower case */

struct sha256 {
    struct sha256_ctx context;
};

void sha256_begin(struct sha256 *sha256);
void sha256_add(struct sha256 *sha256, struct slice bytes);

/* In hexadecimal digits, without a null. */
void sha256_end(struct sha256 *sha256, char digits[SHA256_DIGITS]);

#endif
