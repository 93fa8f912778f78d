#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the UTF-8 sequence at p (RFC 3629 §4), or 0 if there is none. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
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

json_t *text_to_json(const char *bytes, size_t length)
{
    json_t *whole = json_stringn(bytes, length); /* NULL if it is not valid UTF-8 */
    if (whole)
        return whole;

    static const char replacement[] = "\xef\xbf\xbd";
    char *clean = malloc(length * 3 + 1);
    if (!clean)
        return NULL;
    size_t out = 0;
    for (size_t i = 0; i < length;) {
        size_t sequence = utf8_sequence((const unsigned char *)bytes + i, length - i);
        const char *from = sequence ? bytes + i : replacement;
        size_t count = sequence ? sequence : sizeof(replacement) - 1;
        memcpy(clean + out, from, count);
        out += count;
        i += sequence ? sequence : 1;
    }
    whole = json_stringn(clean, out);
    free(clean);
    return whole;
}

char *text_for_log(char *out, size_t capacity, const char *bytes, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool plain = c >= 0x20 && c < 0x7f && c != '\\' && c != '"';
        size_t need = plain ? 1 : 4;
        if (used + need >= capacity)
            break;
        if (plain)
            out[used] = (char)c;
        else
            snprintf(out + used, capacity - used, "\\x%02x", c);
        used += need;
    }
    out[used] = '\0';
    return out;
}

void text_copy(char *out, size_t capacity, const char *text)
{
    size_t length = strnlen(text, capacity - 1);
    memcpy(out, text, length);
    out[length] = '\0';
}
