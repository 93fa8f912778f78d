#include "sha256.h"

#include <stdint.h>

void sha256_begin(struct sha256 *sha256)
{
    sha256_init(&sha256->context);
}

void sha256_add(struct sha256 *sha256, struct slice bytes)
{
    sha256_update(&sha256->context, bytes.length, (const uint8_t *)bytes.data);
}

void sha256_end(struct sha256 *sha256, char digits[SHA256_DIGITS])
{
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(&sha256->context, sizeof(bytes), bytes);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        digits[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        digits[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
}
