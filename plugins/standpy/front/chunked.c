#include "chunked.h"

#define MOST_DIGITS   15   /* of a size: less than 2 to the power of 60 */
#define MOST_OVERHEAD 8192 /* bytes of extensions and trailers, which nobody reads */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The end of the size: after its digits comes an extension or the end of the line. */
static enum chunked_state after_digits(const struct chunked *chunked, char c)
{
    if (chunked->digits == 0)
        return CHUNKED_MALFORMED;
    if (c == '\r')
        return CHUNKED_SIZE_LF;
    return c == ';' || c == ' ' || c == '\t' ? CHUNKED_EXTENSION : CHUNKED_MALFORMED;
}

static enum chunked_state take_size(struct chunked *chunked, char c)
{
    int digit = hex_digit(c);
    if (digit < 0)
        return after_digits(chunked, c);
    if (++chunked->digits > MOST_DIGITS)
        return CHUNKED_MALFORMED;
    chunked->left = chunked->left << 4 | (unsigned)digit;
    return CHUNKED_SIZE;
}

/* A byte that nobody reads, in a line that `end` follows. */
static enum chunked_state skip(struct chunked *chunked, char c, enum chunked_state end)
{
    if (c == '\r')
        return end;
    if (c == '\n' || c == '\0' || ++chunked->overhead > MOST_OVERHEAD)
        return CHUNKED_MALFORMED;
    return chunked->state == CHUNKED_EXTENSION ? CHUNKED_EXTENSION : CHUNKED_TRAILER_LINE;
}

static enum chunked_state begin_chunk(struct chunked *chunked)
{
    chunked->digits = 0;
    return chunked->left > 0 ? CHUNKED_DATA : CHUNKED_TRAILER;
}

static enum chunked_state expect(char c, char expected, enum chunked_state next)
{
    return c == expected ? next : CHUNKED_MALFORMED;
}

static enum chunked_state take_byte(struct chunked *chunked, char c)
{
    switch (chunked->state) {
    case CHUNKED_SIZE:
        return take_size(chunked, c);
    case CHUNKED_EXTENSION:
        return skip(chunked, c, CHUNKED_SIZE_LF);
    case CHUNKED_SIZE_LF:
        return c == '\n' ? begin_chunk(chunked) : CHUNKED_MALFORMED;
    case CHUNKED_DATA_CR:
        return expect(c, '\r', CHUNKED_DATA_LF);
    case CHUNKED_DATA_LF:
        return expect(c, '\n', CHUNKED_SIZE);
    case CHUNKED_TRAILER:
        return skip(chunked, c, CHUNKED_LAST_LF);
    case CHUNKED_TRAILER_LINE:
        return skip(chunked, c, CHUNKED_TRAILER_LF);
    case CHUNKED_TRAILER_LF:
        return expect(c, '\n', CHUNKED_TRAILER);
    case CHUNKED_LAST_LF:
        return expect(c, '\n', CHUNKED_END);
    case CHUNKED_DATA:
    case CHUNKED_END:
    case CHUNKED_MALFORMED:
        break;
    }
    return chunked->state;
}

static void advance(struct slice *input, size_t length)
{
    input->data += length;
    input->length -= length;
}

struct slice chunked_take(struct chunked *chunked, struct slice *input)
{
    while (input->length > 0 && chunked->state < CHUNKED_END) {
        if (chunked->state == CHUNKED_DATA) {
            size_t length = input->length < chunked->left ? input->length : (size_t)chunked->left;
            struct slice content = {input->data, length};
            advance(input, length);
            chunked->left -= length;
            if (chunked->left == 0)
                chunked->state = CHUNKED_DATA_CR;
            return content;
        }
        chunked->state = take_byte(chunked, *input->data);
        advance(input, 1);
    }
    return (struct slice){"", 0};
}
