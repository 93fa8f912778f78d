#include "visible.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <wctype.h>

#include "utf8.h"

bool visible_is(uint32_t character)
{
    if (character < 0x7f)
        return character >= 0x20;
    bool directs = character == 0x61c || (character >= 0x200b && character <= 0x200f) ||
                   (character >= 0x2028 && character <= 0x202e) ||
                   (character >= 0x2060 && character <= 0x206f) || character == 0xfeff ||
                   (character >= 0xe0000 && character <= 0xe0fff);
    return !directs && iswprint((wint_t)character);
}

size_t visible_escape(char out[VISIBLE_ESCAPE], uint32_t character)
{
    const char *format = character < 0x100     ? "\\x%02x"
                         : character < 0x10000 ? "\\u%04x"
                                               : "\\U%08x";
    if (character == '\n' || character == '\r' || character == '\t') {
        out[0] = '\\';
        out[1] = character == '\n' ? 'n' : character == '\r' ? 'r' : 't';
        out[2] = '\0';
        return 2;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    return (size_t)snprintf(out, VISIBLE_ESCAPE, format, character);
#pragma GCC diagnostic pop
}

static void write_escape(FILE *out, uint32_t character)
{
    char escape[VISIBLE_ESCAPE];
    visible_escape(escape, character);
    fputs(escape, out);
}

static void write_character(FILE *out, const char *bytes, size_t length)
{
    uint32_t character = utf8_character(bytes, length);
    if (character == '\n' || character == '\t' || visible_is(character))
        fwrite(bytes, 1, length, out);
    else
        write_escape(out, character);
}

/* Whether bytes that are no character (yet) can be the beginning of one. */
static bool can_begin(const char *bytes, size_t length)
{
    char filled[4] = {0};
    memcpy(filled, bytes, length);
    for (size_t whole = length + 1; whole <= sizeof(filled); whole++) {
        /* After E0 and F0 low continuations are invalid, after ED and F4 high ones. */
        for (unsigned next = 0x80; next <= 0xbf; next += 0x3f) {
            memset(filled + length, (int)next, whole - length);
            if (utf8_sequence(filled, whole) == whole)
                return true;
        }
    }
    return false;
}

/* Puts a byte behind those that are held, and writes whatever is complete or invalid. */
static void take_byte(struct visible *visible, FILE *out, char byte)
{
    visible->held[visible->count++] = byte;
    while (visible->count > 0) {
        size_t length = utf8_sequence(visible->held, visible->count);
        if (length > 0) {
            write_character(out, visible->held, length);
        } else if (can_begin(visible->held, visible->count)) {
            return;
        } else {
            write_escape(out, (unsigned char)visible->held[0]);
            length = 1;
        }
        visible->count -= length;
        memmove(visible->held, visible->held + length, visible->count);
    }
}

/* How many bytes from here on are ASCII that can be printed, or line feeds. */
static size_t plain_run(const char *bytes, size_t length)
{
    size_t run = 0;
    while (run < length && ((bytes[run] >= 0x20 && bytes[run] < 0x7f) || bytes[run] == '\n'))
        run++;
    return run;
}

bool visible_take(struct visible *visible, FILE *out, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t run = visible->count == 0 ? plain_run(bytes + at, length - at) : 0;
        if (run > 0)
            fwrite(bytes + at, 1, run, out);
        at += run;
        if (at < length)
            take_byte(visible, out, bytes[at++]);
    }
    return !ferror(out);
}

bool visible_end(struct visible *visible, FILE *out)
{
    for (size_t i = 0; i < visible->count; i++)
        write_escape(out, (unsigned char)visible->held[i]);
    visible->count = 0;
    return !ferror(out);
}

/* Of a stream that visible_open made. */
struct way {
    struct visible visible;
    FILE *out;
};

static ssize_t way_write(void *cookie, const char *bytes, size_t length)
{
    struct way *way = cookie;
    return visible_take(&way->visible, way->out, bytes, length) ? (ssize_t)length : 0;
}

static int way_close(void *cookie)
{
    struct way *way = cookie;
    bool ended = visible_end(&way->visible, way->out);
    free(way);
    return ended ? 0 : EOF;
}

FILE *visible_open(FILE *out)
{
    struct way *way = calloc(1, sizeof(*way));
    if (!way)
        return NULL;
    way->out = out;
    FILE *stream =
        fopencookie(way, "w", (cookie_io_functions_t){.write = way_write, .close = way_close});
    if (!stream)
        free(way);
    return stream;
}

bool visible_write(FILE *out, const char *text, size_t length)
{
    struct visible visible = {0};
    return visible_take(&visible, out, text, length) && visible_end(&visible, out);
}

/* What stands for the character at text in quotes; returns the bytes of it that were read. */
static size_t quote_one(char out[VISIBLE_ESCAPE], size_t *written, const char *text, char quote)
{
    size_t length = utf8_sequence(text, strlen(text));
    uint32_t character = length > 0 ? utf8_character(text, length) : (unsigned char)*text;
    if (length == 0 || !visible_is(character)) {
        *written = visible_escape(out, character);
        return length > 0 ? length : 1;
    }
    size_t at = 0;
    if (*text == '\\' || *text == quote)
        out[at++] = '\\';
    memcpy(out + at, text, length);
    *written = at + length;
    return length;
}

char *visible_quoted(char out[QUOTED], const char *text)
{
    static const char cut[] = "…";
    char quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
    size_t used = 0;
    out[used++] = quote;
    while (*text) {
        char one[VISIBLE_ESCAPE];
        size_t length;
        text += quote_one(one, &length, text, quote);
        if (used + length + sizeof(cut) + 1 >= QUOTED) {
            memcpy(out + used, cut, sizeof(cut) - 1);
            used += sizeof(cut) - 1;
            break;
        }
        memcpy(out + used, one, length);
        used += length;
    }
    out[used++] = quote;
    out[used] = '\0';
    return out;
}
