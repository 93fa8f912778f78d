#include "content_names.h"

bool is_content_name(struct slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
            return false;
    }
    return text.length == CONTENT_DIGEST;
}

static bool has(const struct content_names *names, struct slice digest)
{
    for (size_t i = 0; i < names->count; i++) {
        if (memcmp(names->digests[i], digest.data, CONTENT_DIGEST) == 0)
            return true;
    }
    return false;
}

static enum content_names_status add_one(struct content_names *names, struct slice digest)
{
    if (!is_content_name(digest))
        return CONTENT_NAMES_MALFORMED;
    if (has(names, digest))
        return CONTENT_NAMES_FINE;
    if (names->count == CONTENTS_MOST)
        return CONTENT_NAMES_TOO_MANY;
    memcpy(names->digests[names->count++], digest.data, CONTENT_DIGEST);
    return CONTENT_NAMES_FINE;
}

enum content_names_status content_names_add(struct content_names *names, struct slice value,
                                            struct slice *wrong)
{
    while (value.length > 0) {
        const char *comma = memchr(value.data, ',', value.length);
        size_t length = comma ? (size_t)(comma - value.data) : value.length;
        struct slice one = slice_trim((struct slice){value.data, length});
        enum content_names_status status =
            one.length > 0 ? add_one(names, one) : CONTENT_NAMES_FINE;
        if (status != CONTENT_NAMES_FINE) {
            *wrong = one;
            return status;
        }
        size_t skip = comma ? length + 1 : length;
        value = (struct slice){value.data + skip, value.length - skip};
    }
    return CONTENT_NAMES_FINE;
}

size_t content_names_write(const struct content_names *names, char text[CONTENT_NAMES_TEXT])
{
    char *end = text;
    for (size_t i = 0; i < names->count; i++) {
        if (i > 0)
            end = mempcpy(end, ", ", 2);
        end = mempcpy(end, names->digests[i], CONTENT_DIGEST);
    }
    *end = '\0';
    return (size_t)(end - text);
}

uint64_t content_number(const char digest[CONTENT_DIGEST])
{
    uint64_t number = 0;
    for (size_t i = 0; i < 16; i++) {
        unsigned digit = (unsigned char)digest[i];
        number = number << 4 | (digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return number;
}
