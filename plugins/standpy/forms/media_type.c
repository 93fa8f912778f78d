#include "media_type.h"

struct slice media_type_essence(struct slice value)
{
    const char *semicolon = memchr(value.data, ';', value.length);
    if (semicolon)
        value.length = (size_t)(semicolon - value.data);
    return slice_trim(value);
}

/* The position of the ";" that ends the parameter that starts at `at`; skips quoted strings. */
static size_t parameter_end(struct slice value, size_t at)
{
    bool quoted = false;
    for (; at < value.length; at++) {
        char c = value.data[at];
        if (quoted && c == '\\')
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == ';' && !quoted)
            break;
    }
    return at < value.length ? at : value.length;
}

static bool unquote(struct slice raw, char out[PARAMETER_CAPACITY], size_t *length)
{
    bool quoted = raw.length >= 2 && raw.data[0] == '"' && raw.data[raw.length - 1] == '"';
    size_t from = quoted ? 1 : 0;
    size_t to = quoted ? raw.length - 1 : raw.length;
    size_t used = 0;
    for (size_t i = from; i < to; i++) {
        if (quoted && raw.data[i] == '\\' && i + 1 < to)
            i++;
        if (used + 1 >= PARAMETER_CAPACITY)
            return false;
        out[used++] = raw.data[i];
    }
    out[used] = '\0';
    *length = used;
    return true;
}

bool media_type_parameter(struct slice value, const char *name, char out[PARAMETER_CAPACITY],
                          size_t *length)
{
    for (size_t at = parameter_end(value, 0); at < value.length;) {
        size_t end = parameter_end(value, at + 1);
        struct slice parameter = {value.data + at + 1, end - at - 1};
        at = end;

        const char *equals = memchr(parameter.data, '=', parameter.length);
        if (!equals)
            continue;
        size_t name_length = (size_t)(equals - parameter.data);
        struct slice key = slice_trim((struct slice){parameter.data, name_length});
        if (slice_equals_nocase(key, name)) {
            struct slice raw = {equals + 1, parameter.length - name_length - 1};
            return unquote(slice_trim(raw), out, length);
        }
    }
    return false;
}
