#include "show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"
#include "visible.h"

void show_text(FILE *out, struct slice text)
{
    if (isatty(fileno(out)))
        visible_write(out, text.data, text.length);
    else
        fwrite(text.data, 1, text.length, out);
}

/* Bytes of a line's end at the beginning of a text, as Python's splitlines knows them; 0 if there
 * is none. */
static size_t end_of_line(struct slice text)
{
    unsigned char c = (unsigned char)text.data[0];
    if (c == '\r' && text.length > 1 && text.data[1] == '\n')
        return 2;
    if ((c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e))
        return 1;
    if (c < 0x80)
        return 0;
    size_t length = utf8_sequence(text.data, text.length);
    uint32_t character = length > 0 ? utf8_character(text.data, length) : 0;
    return character == 0x85 || character == 0x2028 || character == 0x2029 ? length : 0;
}

static void show_lines(FILE *out, struct slice text)
{
    while (text.length > 0) {
        size_t length = 0, end = 0;
        while (length < text.length &&
               (end = end_of_line((struct slice){text.data + length, text.length - length})) == 0)
            length++;
        fputs("INFO: ", out);
        show_text(out, (struct slice){text.data, length});
        putc('\n', out);
        text.data += length + end;
        text.length -= length + end;
    }
}

void show_printed(const struct result *result, bool raw)
{
    if (raw) {
        show_text(stdout, result_text(result, "stdout"));
        show_text(stderr, result_text(result, "stderr"));
        return;
    }
    show_lines(stderr, result_text(result, "stdout"));
    show_lines(stderr, result_text(result, "stderr"));
}

static struct slice member(const struct failure *failure, const char *name)
{
    const json_t *text = json_object_get(failure->problem, name);
    if (!json_is_string(text))
        return (struct slice){"", 0};
    return (struct slice){json_string_value(text), json_string_length(text)};
}

static void show_message(const struct failure *failure, const char *before)
{
    fputs(before, stderr);
    show_text(stderr, slice_of(failure->sentence.text));
    putc('\n', stderr);
}

static void show_error(const struct failure *failure, bool raw)
{
    bool is_script = failure->kind == FAILURE_SCRIPT || failure->kind == FAILURE_DEADLINE;
    struct slice traceback = is_script ? member(failure, "traceback") : (struct slice){"", 0};
    if (raw) {
        show_text(stdout, member(failure, "stdout"));
        fflush(stdout);
        show_text(stderr, member(failure, "stderr"));
    }
    if (!raw || traceback.length == 0)
        show_message(failure, raw ? "" : "SEVERE: ");
    show_text(stderr, traceback);
}

void show_failure(const struct failure *failure, bool raw)
{
    switch (failure->kind) {
    case FAILURE_NONE:
    case FAILURE_CLOSED: /* as head does it */
        break;
    case FAILURE_USAGE:
        show_message(failure, "standpy: ");
        break;
    case FAILURE_INTERRUPTED:
        show_message(failure, "");
        break;
    case FAILURE_SCRIPT:
    case FAILURE_DEADLINE:
    case FAILURE_BUSY:
    case FAILURE_UNREACHABLE:
    case FAILURE_REFUSED:
        show_error(failure, raw);
        break;
    }
}
