#include "cell.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "utf8.h"
#include "visible.h"

static size_t width_of(uint32_t character)
{
    int width = wcwidth((wchar_t)character);
    return width < 0 ? 1 : (size_t)width;
}

/* As Python's float() reads it, but for underscores. */
static bool is_number(const char *text)
{
    char *end;
    if (*text == '\0' || strpbrk(text, "xXpP("))
        return false;
    strtod(text, &end);
    end += strspn(end, " ");
    return end > text && *end == '\0';
}

/* Writes the text visible into a stream in memory. */
static bool fill(FILE *stream, struct cell *cell, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        char escape[VISIBLE_ESCAPE];
        size_t length = utf8_sequence(text, left);
        uint32_t character = length > 0 ? utf8_character(text, length) : (unsigned char)*text;
        if (length > 0 && visible_is(character)) {
            fwrite(text, 1, length, stream);
            cell->width += width_of(character);
        } else {
            cell->width += visible_escape(escape, character);
            fputs(escape, stream);
        }
        length = length > 0 ? length : 1;
        text += length;
        left -= length;
    }
    return !ferror(stream);
}

bool cell_init(struct cell *cell, const char *text)
{
    size_t size;
    *cell = (struct cell){.is_number = is_number(text)};
    FILE *stream = open_memstream(&cell->text, &size);
    if (!stream)
        return false;
    bool filled = fill(stream, cell, text);
    if (fclose(stream) == 0 && filled)
        return true;
    cell_finish(cell);
    return false;
}

void cell_finish(struct cell *cell)
{
    free(cell->text);
    *cell = (struct cell){0};
}

/* As many characters as fit beside the …; returns the columns that were written. */
static size_t write_cut(const struct cell *cell, FILE *out, size_t width)
{
    const char *text = cell->text;
    size_t used = 0;
    while (*text) {
        size_t length = utf8_sequence(text, strlen(text)), more;
        more = width_of(utf8_character(text, length));
        if (used + more >= width)
            break;
        fwrite(text, 1, length, out);
        used += more;
        text += length;
    }
    fputs("…", out);
    return used + 1;
}

static void write_spaces(FILE *out, size_t count)
{
    for (; count > 0; count--)
        putc(' ', out);
}

void cell_write(const struct cell *cell, FILE *out, size_t width, size_t *pending)
{
    size_t used = cell->width;
    if (used > 0) {
        if (cell->is_number && used < width)
            *pending += width - used;
        write_spaces(out, *pending);
        *pending = 0;
    }
    if (used > width)
        used = write_cut(cell, out, width);
    else
        fputs(cell->text, out);
    if ((!cell->is_number || cell->width == 0) && used < width)
        *pending += width - used;
}
