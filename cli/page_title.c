#include "page_title.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "utf8.h"
#include "visible.h"

#define MOST_CHARACTERS 100

static const char *find(struct slice text, const char *tag)
{
    size_t length = strlen(tag);
    for (size_t i = 0; i + length <= text.length; i++) {
        if (strncasecmp(text.data + i, tag, length) == 0)
            return text.data + i;
    }
    return NULL;
}

static struct slice from(struct slice text, const char *place)
{
    return (struct slice){place, (size_t)(text.data + text.length - place)};
}

static struct slice content_of(struct slice page)
{
    const char *begin = find(page, "<title");
    if (!begin)
        return (struct slice){"", 0};
    begin = memchr(begin, '>', from(page, begin).length);
    if (!begin)
        return (struct slice){"", 0};
    struct slice rest = from(page, begin + 1);
    const char *end = find(rest, "</title>");
    return end ? (struct slice){rest.data, (size_t)(end - rest.data)} : (struct slice){"", 0};
}

static const struct {
    const char *name;
    uint32_t character;
} entities[] = {{"amp;", '&'},     {"lt;", '<'},       {"gt;", '>'},       {"quot;", '"'},
                {"apos;", '\''},   {"nbsp;", 0xa0},    {"mdash;", 0x2014}, {"ndash;", 0x2013},
                {"middot;", 0xb7}, {"hellip;", 0x2026}};

/* &#39; or &#x27; behind its &#. Bytes that it takes; 0 if it is none. */
static size_t take_number(struct slice text, uint32_t *character)
{
    bool is_hexadecimal = text.length > 0 && (text.data[0] == 'x' || text.data[0] == 'X');
    size_t at = is_hexadecimal ? 1 : 0, begin = at;
    uint32_t number = 0;
    for (; at < text.length && at < begin + 7 && isxdigit((unsigned char)text.data[at]); at++) {
        char digit[2] = {text.data[at], '\0'};
        number = number * (is_hexadecimal ? 16 : 10) + (uint32_t)strtoul(digit, NULL, 16);
    }
    bool is_one = at > begin && at < text.length && text.data[at] == ';' && number <= 0x10ffff &&
                  (number < 0xd800 || number > 0xdfff);
    *character = number;
    return is_one ? at + 1 : 0;
}

static size_t take_entity(struct slice text, uint32_t *character)
{
    if (text.length > 1 && text.data[1] == '#') {
        size_t taken = take_number(from(text, text.data + 2), character);
        return taken > 0 ? taken + 2 : 0;
    }
    for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++) {
        size_t length = strlen(entities[i].name);
        if (text.length > length && memcmp(text.data + 1, entities[i].name, length) == 0) {
            *character = entities[i].character;
            return length + 1;
        }
    }
    return 0;
}

/* The next character; bytes that are none become U+FFFD. */
static size_t take(struct slice text, uint32_t *character)
{
    size_t taken = text.data[0] == '&' ? take_entity(text, character) : 0;
    if (taken > 0)
        return taken;
    taken = utf8_sequence(text.data, text.length);
    *character = taken > 0 ? utf8_character(text.data, taken) : 0xfffd;
    return taken > 0 ? taken : 1;
}

char *page_title(char out[PAGE_TITLE], struct slice page)
{
    struct slice text = content_of(page);
    size_t used = 0, characters = 0;
    bool is_blank = false;
    while (text.length > 0 && characters < MOST_CHARACTERS) {
        uint32_t character;
        size_t taken = take(text, &character);
        text = from(text, text.data + taken);
        bool is_space = character == 0xa0 || (character < 0x80 && isspace((int)character));
        if (is_space || !visible_is(character)) {
            is_blank = is_blank || is_space;
            continue;
        }
        if (is_blank && used > 0 && characters++ < MOST_CHARACTERS)
            out[used++] = ' ';
        is_blank = false;
        if (characters++ < MOST_CHARACTERS)
            used += utf8_put(out + used, character);
    }
    out[used] = '\0';
    return out;
}
