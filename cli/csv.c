#include "csv.h"

#include <stdbool.h>

struct field {
    char *text;
    size_t capacity, length;
};

static void put(struct field *field, int c)
{
    if (field->length + 1 < field->capacity)
        field->text[field->length] = (char)c;
    field->length++;
}

/* Reads what is within quotes; returns the character behind them. */
static int read_quoted(FILE *csv, struct field *field)
{
    int c;
    while ((c = getc_unlocked(csv)) != EOF) {
        if (c == '"' && (c = getc_unlocked(csv)) != '"')
            return c;
        put(field, c);
    }
    return c;
}

enum csv_end csv_read(FILE *csv, char *text, size_t capacity, size_t *length)
{
    struct field field = {.text = text, .capacity = capacity};
    int c = getc_unlocked(csv);
    bool is_there = c != EOF;
    if (c == '"')
        c = read_quoted(csv, &field);
    for (; c != EOF && c != ',' && c != '\n' && c != '\r'; c = getc_unlocked(csv))
        put(&field, c);
    if (c == '\r' && (c = getc_unlocked(csv)) != '\n' && c != EOF)
        ungetc(c, csv);
    text[field.length < capacity ? field.length : capacity - 1] = '\0';
    *length = field.length;
    if (!is_there)
        return CSV_NONE;
    return c == ',' ? CSV_FIELD : CSV_ROW;
}
