#include "prefer.h"

#include <stdbool.h>
#include <strings.h>

#define MAX_WAIT 86400

/* The number of a preference `wait=N`, with or without quotes; -1 for any other preference. */
static int wait_of(struct slice preference)
{
    const char *equals = memchr(preference.data, '=', preference.length);
    if (!equals)
        return -1;
    struct slice name =
        slice_trim((struct slice){preference.data, (size_t)(equals - preference.data)});
    struct slice value = {equals + 1, preference.length - (size_t)(equals + 1 - preference.data)};
    const char *semicolon = memchr(value.data, ';', value.length); /* parameters follow it */
    if (semicolon)
        value.length = (size_t)(semicolon - value.data);
    value = slice_trim(value);
    if (value.length >= 2 && value.data[0] == '"' && value.data[value.length - 1] == '"')
        value = (struct slice){value.data + 1, value.length - 2};
    if (!slice_equals_nocase(name, "wait") || value.length == 0)
        return -1;
    int seconds = 0;
    for (size_t i = 0; i < value.length; i++) {
        int digit = value.data[i] - '0';
        if (digit < 0 || digit > 9)
            return -1;
        seconds = seconds * 10 + digit;
        if (seconds > MAX_WAIT)
            seconds = MAX_WAIT;
    }
    return seconds;
}

int prefer_wait(struct slice field)
{
    while (field.data && field.length > 0) {
        const char *comma = memchr(field.data, ',', field.length);
        size_t length = comma ? (size_t)(comma - field.data) : field.length;
        int seconds = wait_of((struct slice){field.data, length});
        if (seconds >= 0)
            return seconds; /* the first counts (RFC 7240 §2) */
        size_t skip = comma ? length + 1 : length;
        field.data += skip;
        field.length -= skip;
    }
    return -1;
}
