#include "utf8.h"

size_t utf8_sequence(const char *bytes, size_t left)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t need = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (need == 0 || p[0] > 0xf4 || need > left)
        return 0;
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return need;
}

uint32_t utf8_character(const char *p, size_t length)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t character = (unsigned char)p[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        character = character << 6 | ((unsigned char)p[i] & 0x3f);
    return character;
}

static char continuation(uint32_t character, unsigned shift)
{
    return (char)(0x80 | (character >> shift & 0x3f));
}

size_t utf8_put(char out[4], uint32_t character)
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    unsigned shift = 6 * (unsigned)(length - 1);
    out[0] = (char)(leads[length] | character >> shift);
    for (size_t i = 1; i < length; i++)
        out[i] = continuation(character, shift -= 6);
    return length;
}
