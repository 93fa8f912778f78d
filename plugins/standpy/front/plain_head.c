#include "plain_head.h"

#include <ctype.h>
#include <string.h>

#include "field_syntax.h"

/* RFC 3986 §2.1; a fragment never goes over the wire. */
static bool is_target(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || c == 0x7f || c == '#')
            return false;
        if (c == '%' && (text.length - i < 3 || !isxdigit((unsigned char)text.data[i + 1]) ||
                         !isxdigit((unsigned char)text.data[i + 2])))
            return false;
    }
    return text.length > 0;
}

static bool is_version(struct slice text)
{
    return text.length == 8 && memcmp(text.data, "HTTP/1.", 7) == 0 &&
           isdigit((unsigned char)text.data[7]);
}

static struct slice take_until(struct slice *text, char end)
{
    const char *found = memchr(text->data, end, text->length);
    struct slice taken = {text->data, found ? (size_t)(found - text->data) : text->length};
    size_t skip = taken.length + (found ? 1 : 0);
    *text = (struct slice){text->data + skip, text->length - skip};
    return taken;
}

/* Takes the next line of a head, without its CRLF. False if it does not end so. */
static bool take_line(struct slice *text, struct slice *line)
{
    *line = take_until(text, '\n');
    if (line->length == 0 || line->data[line->length - 1] != '\r')
        return false;
    line->length--;
    return true;
}

static bool is_first_line(struct slice line, bool *is_1_0)
{
    struct slice rest = line, method = take_until(&rest, ' '), target = take_until(&rest, ' ');
    if (!field_is_token(method) || !is_target(target) || !is_version(rest))
        return false;
    *is_1_0 = rest.data[7] == '0';
    return true;
}

enum plain_head plain_head_find(struct slice text, size_t seen, size_t *length)
{
    size_t begin = 0;
    while (text.length - begin >= 2 && memcmp(text.data + begin, "\r\n", 2) == 0)
        begin += 2;
    size_t from = seen > begin + 3 ? seen - 3 : begin;
    const char *end;
    while ((end = memchr(text.data + from, '\n', text.length - from))) {
        size_t i = (size_t)(end - text.data);
        if (i == 0 || text.data[i - 1] != '\r')
            return PLAIN_HEAD_MALFORMED;
        if (i >= begin + 3 && text.data[i - 2] == '\n') {
            *length = i + 1;
            return PLAIN_HEAD_WHOLE;
        }
        from = i + 1;
    }
    return PLAIN_HEAD_MORE;
}

static char *copy_line(char *to, struct slice first, const char *separator, struct slice second)
{
    to = mempcpy(to, first.data, first.length);
    to = stpcpy(to, separator);
    to = mempcpy(to, second.data, second.length);
    return mempcpy(to, "\r\n", 2);
}

/* This Cookie field with all that follow, as one: uWSGI would put commas between them, which is
 * right for lists, and cookies are none (RFC 9113 §8.2.3). */
static char *copy_cookies(char *to, struct slice name, struct slice value, struct slice rest)
{
    struct slice line;
    bool is_empty = value.length == 0;
    to = mempcpy(to, name.data, name.length);
    to = stpcpy(to, ":");
    to = mempcpy(to, value.data, value.length);
    while (take_line(&rest, &line) && line.length > 0) {
        name = take_until(&line, ':');
        value = slice_trim(line);
        if (!slice_equals_nocase(name, "cookie") || value.length == 0)
            continue;
        to = stpcpy(to, is_empty ? "" : "; ");
        is_empty = false;
        to = mempcpy(to, value.data, value.length);
    }
    return mempcpy(to, "\r\n", 2);
}

size_t plain_head_copy(struct slice head, char *to)
{
    char *at = to;
    struct slice line;
    bool is_1_0 = false;
    int hosts = 0, cookies = 0;
    while (head.length >= 2 && memcmp(head.data, "\r\n", 2) == 0)
        head = (struct slice){head.data + 2, head.length - 2};
    if (!take_line(&head, &line) || !is_first_line(line, &is_1_0))
        return 0;
    at = copy_line(at, line, "", (struct slice){"", 0});
    while (take_line(&head, &line) && line.length > 0) {
        bool has_colon = memchr(line.data, ':', line.length);
        struct slice name = take_until(&line, ':'), value = slice_trim(line);
        if (!has_colon || !field_is_token(name) || !field_is_value(value))
            return 0;
        hosts += slice_equals_nocase(name, "host");
        bool has_blank = value.length > 0 && line.length > value.length; /* so it is not longer */
        if (slice_equals_nocase(name, "cookie") && ++cookies == 1)
            at = copy_cookies(at, name, value, head);
        else if (!slice_equals_nocase(name, "cookie") && !memchr(name.data, '_', name.length))
            at = copy_line(at, name, has_blank ? ": " : ":", value);
    }
    bool is_whole = line.length == 0 && head.length == 0;
    if (!is_whole || hosts > 1 || (hosts == 0 && !is_1_0))
        return 0; /* RFC 9112 §3.2 */
    at = mempcpy(at, "\r\n", 2);
    return (size_t)(at - to);
}
