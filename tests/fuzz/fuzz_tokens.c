/*
 * Fuzz driver for common/tokens.c: an Authorization field. What opens as HTTP Basic has the token
 * behind its first colon; with the token there, any user opens.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Lenient: skips what is no digit. */
static size_t decode(const char *text, size_t length, char *out)
{
    size_t used = 0;
    unsigned bits = 0, count = 0;
    for (size_t i = 0; i < length && text[i] != '='; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit)
            continue;
        bits = bits << 6 | (unsigned)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[used++] = (char)(bits >> count);
        }
    }
    return used;
}

static char *encode(const uint8_t *data, size_t size)
{
    char *text = malloc(4 * size / 3 + 16), *at = text + sprintf(text, "Basic ");
    for (size_t i = 0; i < size; i += 3) {
        unsigned bits = (unsigned)data[i] << 16;
        bits |= i + 1 < size ? (unsigned)data[i + 1] << 8 : 0;
        bits |= i + 2 < size ? data[i + 2] : 0;
        for (size_t j = 0; j < 4; j++)
            *at++ = i + j <= size ? digits[bits >> (18 - 6 * j) & 63] : '=';
    }
    *at = '\0';
    return text;
}

static void check_accepted(const char *text, size_t size)
{
    char *out = malloc(size + 1);
    size_t used = decode(text + 6, size - 6, out); /* behind "Basic " */
    char *colon = memchr(out, ':', used);
    assert(colon && out + used - colon == 4 && memcmp(colon, ":key", 4) == 0);
    free(out);
}

static void check_users(const struct tokens *tokens, const uint8_t *data, size_t size)
{
    if (memchr(data, ':', size) || size > 2000)
        return;
    uint8_t *both = malloc(size + 4);
    memcpy(both, data, size);
    memcpy(both + size, ":key", 4);
    char *text = encode(both, size + 4);
    assert(tokens_allow_basic(tokens, slice_of(text)) && !tokens_allow(tokens, slice_of(text)));
    free(text);
    free(both);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tokens tokens;
    if (tokens.count == 0 && !tokens_add(&tokens, "key"))
        abort();
    struct slice text = {(const char *)data, size};
    if (size > 0 && tokens_allow_basic(&tokens, text))
        check_accepted(text.data, size);
    if (size > 0 && tokens_allow(&tokens, text))
        assert(size >= 10 && memmem(data, size, "key", 3));
    check_users(&tokens, data, size);
    return 0;
}
