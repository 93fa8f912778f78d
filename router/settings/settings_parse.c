#include "settings_parse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

bool settings_refuse(struct settings_error error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.line, error.capacity, format, arguments);
    va_end(arguments);
    return false;
}

bool settings_refuse_value(struct settings_error error, const char *name, const char *value,
                           const char *allowed)
{
    char shown[VALUE_SHOWN];
    return settings_refuse(error, "%s=%s is not allowed: it must be %s", name,
                           value_shown(shown, value), allowed);
}

bool settings_parse_number(const char *text, unsigned long from, unsigned long to, unsigned *number)
{
    size_t length = strlen(text);
    if (length == 0 || length > 9 || strspn(text, "0123456789") != length)
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    *number = (unsigned)value;
    return value >= from && value <= to;
}

bool settings_valid_host(const char *host)
{
    if (host[0] == '\0' || strlen(host) > 253)
        return false;
    for (const char *c = host; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr(".-_:%", *c))
            return false;
    }
    return true;
}

bool settings_split_address(char *text, char **host, unsigned *port)
{
    char *colon;
    if (text[0] == '[') {
        char *bracket = strchr(text, ']');
        if (!bracket || (bracket[1] != '\0' && bracket[1] != ':'))
            return false;
        colon = bracket[1] == ':' ? bracket + 1 : NULL;
        *bracket = '\0';
        *host = text + 1;
    } else {
        colon = strchr(text, ':');
        if (colon && strchr(colon + 1, ':'))
            return false; /* an IPv6 address needs its brackets, or the port is anyone's guess */
        if (colon)
            *colon = '\0';
        *host = text;
    }
    return !colon || settings_parse_number(colon + 1, 1, 65535, port);
}
