#include "value_text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "float_text.h"
#include "utf8.h"

#define MOST_NUMBER 4400 /* bytes of a number; Python reads integers of at most 4300 digits */

/* What may come next. */
enum state {
    VALUE,
    VALUE_OR_END, /* behind [ */
    KEY,          /* behind a comma in an object */
    KEY_OR_END,   /* behind { */
    COLON,
    COMMA_OR_END,
    STRING, /* within one, of a value or a key */
    ESCAPE,
    HEX,
    NUMBER,
    WORD,
    DONE,
    WRONG,
};

struct value_text {
    FILE *out; /* borrowed; NULL: nothing is written */
    enum state state;
    bool is_key;                   /* the string within which we are */
    size_t depth;                  /* arrays and objects around us */
    char within[VALUE_TEXT_DEPTH]; /* [ or { of each */
    char token[MOST_NUMBER + 1];   /* of a number, a word, or hex digits */
    size_t length;                 /* of the token */
    char held[4];                  /* the beginning of a character beyond ASCII */
    size_t count;                  /* of held */
    uint32_t high;                 /* the first half of a surrogate pair; 0: none */
};

struct value_text *value_text_create(FILE *out)
{
    struct value_text *value = calloc(1, sizeof(*value));
    if (value)
        value->out = out;
    return value;
}

void value_text_destroy(struct value_text *value)
{
    free(value);
}

static void become(struct value_text *value, enum state state)
{
    value->state = state;
}

static void write_bytes(struct value_text *value, const char *bytes, size_t length)
{
    if (value->out)
        fwrite(bytes, 1, length, value->out);
}

static void write_text(struct value_text *value, const char *text)
{
    write_bytes(value, text, strlen(text));
}

/* After a whole value. */
static void value_ended(struct value_text *value)
{
    become(value, value->depth > 0 ? COMMA_OR_END : DONE);
}

static void open_with(struct value_text *value, char bracket)
{
    if (value->depth == VALUE_TEXT_DEPTH) {
        become(value, WRONG);
        return;
    }
    value->within[value->depth++] = bracket;
    write_bytes(value, &bracket, 1);
    become(value, bracket == '[' ? VALUE_OR_END : KEY_OR_END);
}

static void close_with(struct value_text *value, char bracket)
{
    char opened = bracket == ']' ? '[' : '{';
    if (value->depth == 0 || value->within[value->depth - 1] != opened) {
        become(value, WRONG);
        return;
    }
    value->depth--;
    write_bytes(value, &bracket, 1);
    value_ended(value);
}

static void begin_string(struct value_text *value, bool is_key)
{
    value->is_key = is_key;
    write_text(value, "\"");
    become(value, STRING);
}

static void begin_token(struct value_text *value, enum state state, char c)
{
    value->token[0] = c;
    value->length = 1;
    become(value, state);
}

static void begin_value(struct value_text *value, char c)
{
    if (c == '[' || c == '{')
        open_with(value, c);
    else if (c == '"')
        begin_string(value, false);
    else if (c == '-' || isdigit((unsigned char)c))
        begin_token(value, NUMBER, c);
    else if (isalpha((unsigned char)c))
        begin_token(value, WORD, c);
    else
        become(value, WRONG);
}

/* A character between tokens. */
static void between(struct value_text *value, char c)
{
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
        return;
    enum state state = value->state;
    if ((state == VALUE_OR_END || state == KEY_OR_END || state == COMMA_OR_END) &&
        (c == ']' || c == '}')) {
        close_with(value, c);
    } else if (state == VALUE || state == VALUE_OR_END) {
        begin_value(value, c);
    } else if ((state == KEY || state == KEY_OR_END) && c == '"') {
        begin_string(value, true);
    } else if (state == COLON && c == ':') {
        write_text(value, ": ");
        become(value, VALUE);
    } else if (state == COMMA_OR_END && c == ',') {
        write_text(value, ", ");
        become(value, value->within[value->depth - 1] == '[' ? VALUE : KEY);
    } else {
        become(value, WRONG);
    }
}

/* Strings */

/* Half of a surrogate pair that stands alone has no character: it stays an escape. */
static void write_alone(struct value_text *value, uint32_t half)
{
    char text[16];
    snprintf(text, sizeof(text), "\\u%04x", half);
    write_text(value, text);
}

static void end_pair(struct value_text *value)
{
    if (value->high)
        write_alone(value, value->high);
    value->high = 0;
}

/* A character that an escape named, or any byte of ASCII. */
static void write_character(struct value_text *value, uint32_t character)
{
    static const char named[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    char text[16];
    const char *found = character > 0 && character < 0x80 ? strchr(named, (int)character) : NULL;
    if (found)
        write_bytes(value, (char[]){'\\', names[found - named]}, 2);
    else if (character < 0x20)
        write_alone(value, character);
    else
        write_bytes(value, text, utf8_put(text, character));
}

static void take_unit(struct value_text *value, uint32_t unit)
{
    bool is_high = unit >= 0xd800 && unit <= 0xdbff, is_low = unit >= 0xdc00 && unit <= 0xdfff;
    if (is_low && value->high) {
        write_character(value, 0x10000 + ((value->high - 0xd800) << 10) + (unit - 0xdc00));
        value->high = 0;
        return;
    }
    end_pair(value);
    if (is_high)
        value->high = unit;
    else if (is_low)
        write_alone(value, unit);
    else
        write_character(value, unit);
}

static void take_escape(struct value_text *value, char c)
{
    static const char names[] = "\"\\/bfnrt", characters[] = "\"\\/\b\f\n\r\t";
    const char *found = c ? strchr(names, c) : NULL;
    if (c == 'u') {
        value->length = 0;
        become(value, HEX);
    } else if (found) {
        end_pair(value);
        write_character(value, (unsigned char)characters[found - names]);
        become(value, STRING);
    } else {
        become(value, WRONG);
    }
}

static void take_hex(struct value_text *value, char c)
{
    if (!isxdigit((unsigned char)c)) {
        become(value, WRONG);
        return;
    }
    value->token[value->length++] = c;
    if (value->length < 4)
        return;
    value->token[4] = '\0';
    take_unit(value, (uint32_t)strtoul(value->token, NULL, 16));
    become(value, STRING);
}

static void take_beyond_ascii(struct value_text *value, char c)
{
    unsigned char lead = (unsigned char)(value->count > 0 ? value->held[0] : c);
    size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    value->held[value->count++] = c;
    if (value->count < need)
        return;
    if (utf8_sequence(value->held, need) == need)
        write_bytes(value, value->held, need);
    else
        become(value, WRONG);
    value->count = 0;
}

static void take_in_string(struct value_text *value, char c)
{
    if (value->count > 0 || (unsigned char)c >= 0x80) {
        end_pair(value);
        take_beyond_ascii(value, c);
    } else if (c == '\\') {
        become(value, ESCAPE);
    } else if (c == '"') {
        end_pair(value);
        write_text(value, "\"");
        if (value->is_key)
            become(value, COLON);
        else
            value_ended(value);
    } else if ((unsigned char)c < 0x20) {
        become(value, WRONG);
    } else {
        end_pair(value);
        write_bytes(value, &c, 1);
    }
}

/* Numbers and words */

static bool write_number(struct value_text *value)
{
    char text[FLOAT_TEXT];
    bool is_float;
    if (!float_text_reads(value->token, &is_float))
        return false;
    if (is_float)
        write_text(value, float_text(text, strtod(value->token, NULL)));
    else
        write_text(value, strcmp(value->token, "-0") == 0 ? "0" : value->token);
    return true;
}

static bool write_word(struct value_text *value)
{
    static const char *const words[] = {"true",     "false",     "null", "NaN",
                                        "Infinity", "-Infinity", NULL};
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(value->token, words[i]) == 0) {
            write_text(value, words[i]);
            return true;
        }
    }
    return false;
}

static void end_token(struct value_text *value)
{
    value->token[value->length] = '\0';
    bool is_word = value->state == WORD || strcmp(value->token, "-Infinity") == 0;
    if (is_word ? write_word(value) : write_number(value))
        value_ended(value);
    else
        become(value, WRONG);
}

/* False if the character is not part of the token, which has ended. */
static bool take_in_token(struct value_text *value, char c)
{
    if (!isalnum((unsigned char)c) && c != '+' && c != '-' && c != '.') {
        end_token(value);
        return false;
    }
    if (value->length == MOST_NUMBER)
        become(value, WRONG);
    else
        value->token[value->length++] = c;
    return true;
}

static void take_one(struct value_text *value, char c)
{
    switch (value->state) {
    case STRING:
        take_in_string(value, c);
        break;
    case ESCAPE:
        take_escape(value, c);
        break;
    case HEX:
        take_hex(value, c);
        break;
    case NUMBER:
    case WORD:
        if (!take_in_token(value, c))
            between(value, c);
        break;
    case WRONG:
        break;
    default:
        between(value, c);
    }
}

/* How many bytes of a string can be written as they are. */
static size_t plain_run(const struct value_text *value, const char *bytes, size_t length)
{
    size_t run = 0;
    if (value->state != STRING || value->count > 0 || value->high)
        return 0;
    while (run < length && (signed char)bytes[run] >= 0x20 && bytes[run] != '"' &&
           bytes[run] != '\\')
        run++; /* bytes beyond ASCII are negative */
    return run;
}

bool value_text_take(struct value_text *value, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length && value->state != WRONG;) {
        size_t run = plain_run(value, bytes + at, length - at);
        write_bytes(value, bytes + at, run);
        at += run;
        if (at < length)
            take_one(value, bytes[at++]);
    }
    return value->state != WRONG;
}

bool value_text_end(struct value_text *value)
{
    if (value->state == NUMBER || value->state == WORD)
        end_token(value);
    return value->state == DONE;
}

bool value_text_write(FILE *out, const char *text, size_t length)
{
    struct value_text *value = value_text_create(out);
    bool whole = value && value_text_take(value, text, length) && value_text_end(value);
    value_text_destroy(value);
    return whole;
}
