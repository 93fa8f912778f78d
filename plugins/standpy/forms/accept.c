#include "accept.h"

#include <stdlib.h>

#include "media_type.h"

static const char *const media_types[] = {
    [ANSWER_JSON] = "application/json",
    [ANSWER_MULTIPART] = "multipart/mixed",
    [ANSWER_ARROW] = "application/vnd.apache.arrow.stream",
    [ANSWER_CSV] = "text/csv",
    [ANSWER_BINARY] = "application/octet-stream",
};

#define FORM_COUNT (sizeof(media_types) / sizeof(*media_types))

const char *answer_media_type(enum answer_form form)
{
    return media_types[form];
}

/* How exactly a range names a type: 3 by name, 2 by kind, 1 by a full wildcard, 0 not at all. */
static int match(struct slice range, const char *type)
{
    if (slice_equals_nocase(range, type))
        return 3;
    if (slice_equals(range, "*/*"))
        return 1;
    size_t kind = strcspn(type, "/") + 1;
    bool same_kind = range.length == kind + 1 && range.data[kind] == '*' &&
                     strncasecmp(range.data, type, kind) == 0;
    return same_kind ? 2 : 0;
}

/* In thousandths; 1000 if there is no q, 0 if it is malformed (RFC 9110 §12.4.2). */
static int quality(struct slice range)
{
    char text[PARAMETER_CAPACITY];
    size_t length;
    if (!media_type_parameter(range, "q", text, &length))
        return 1000;
    if (length == 0 || length > 5 || strspn(text, "0123456789.") != length)
        return 0;
    double value = strtod(text, NULL);
    return value > 1 ? 1000 : (int)(value * 1000 + 0.5);
}

/* The quality of a type is that of the range that names it most exactly. */
static int quality_of(struct slice accept, const char *type)
{
    int best_match = 0, best = 0;
    while (accept.length > 0) {
        const char *comma = memchr(accept.data, ',', accept.length);
        size_t length = comma ? (size_t)(comma - accept.data) : accept.length;
        struct slice range = {accept.data, length};
        int matched = match(media_type_essence(range), type);
        if (matched > best_match) {
            best_match = matched;
            best = quality(range);
        }
        size_t skip = comma ? length + 1 : length;
        accept.data += skip;
        accept.length -= skip;
    }
    return best;
}

bool accept_choose(struct slice accept, enum answer_form *form)
{
    *form = ANSWER_JSON;
    if (!accept.data || accept.length == 0)
        return true;
    int best = 0;
    for (size_t i = 0; i < FORM_COUNT; i++) {
        int liked = quality_of(accept, media_types[i]);
        if (liked > best) {
            best = liked;
            *form = (enum answer_form)i;
        }
    }
    return best > 0;
}
