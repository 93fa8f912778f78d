#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

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
        size_t sequence = utf8_sequence(bytes + i, length - i);
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
