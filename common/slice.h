/*
 * A piece of somebody else's bytes: borrowed, not null-terminated, any content.
 */
#ifndef STANDPY_SLICE_H
#define STANDPY_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct slice {
    const char *data;
    size_t length;
};

static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, strlen(text)};
}

static inline bool slice_equals(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && memcmp(slice.data, text, slice.length) == 0;
}

/* Without the spaces and tabs around it: OWS (RFC 9110 §5.6.3). */
static inline struct slice slice_trim(struct slice slice)
{
    for (; slice.length > 0 && (*slice.data == ' ' || *slice.data == '\t'); slice.data++)
        slice.length--;
    while (slice.length > 0 &&
           (slice.data[slice.length - 1] == ' ' || slice.data[slice.length - 1] == '\t'))
        slice.length--;
    return slice;
}

/* Compares without regard to ASCII case, as HTTP does for header names and media types. */
static inline bool slice_equals_nocase(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && strncasecmp(slice.data, text, slice.length) == 0;
}

#endif
