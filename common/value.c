#include "value.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_blank(char c)
{
    return isspace((unsigned char)c) != 0;
}

const char *value_flaw(const char *value)
{
    size_t length = strlen(value);
    if (length == 0)
        return NULL;
    char first = value[0], last = value[length - 1];
    if (is_blank(first) || is_blank(last))
        return "there are blanks around the value; leave them out";
    if ((first == '"' || first == '\'') && length > 1 && last == first)
        return "the quotes are part of the value; leave them out";
    return NULL;
}

static bool needs_quotes(const char *value)
{
    return value[strcspn(value, " \t\r\n\"'")] != '\0';
}

/* Nobody can forge a line with it. Unlike text_for_log, it shows quotes as they are. */
char *value_shown(char out[VALUE_SHOWN], const char *value)
{
    bool quoted = needs_quotes(value);
    size_t used = 0;
    if (quoted)
        out[used++] = '\'';
    for (; *value && used + 6 < VALUE_SHOWN; value++) {
        unsigned char c = (unsigned char)*value;
        if (c >= ' ' && c < 0x7f && c != '\\')
            out[used++] = (char)c;
        else
            used += (size_t)snprintf(out + used, VALUE_SHOWN - used, "\\x%02x", c);
    }
    if (quoted)
        out[used++] = '\'';
    out[used] = '\0';
    return out;
}
