#include "route.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "request_head.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes the next byte off the text, decoded (RFC 3986 §2.1). False if it is malformed. */
static bool decode_byte(struct slice *text, unsigned char *byte)
{
    size_t length = 1;
    *byte = (unsigned char)text->data[0];
    if (*byte == '%') {
        int high = text->length > 2 ? hex_digit(text->data[1]) : -1;
        int low = text->length > 2 ? hex_digit(text->data[2]) : -1;
        if (high < 0 || low < 0)
            return false;
        *byte = (unsigned char)(high * 16 + low);
        length = 3;
    }
    *text = (struct slice){text->data + length, text->length - length};
    return true;
}

/*
 * Decodes a segment that is a name into out, null-terminated. False if it is malformed, too long,
 * or has a byte that no name has.
 */
static bool decode_name(struct slice segment, char out[ROUTE_NAME_CAPACITY])
{
    size_t used = 0;
    while (segment.length > 0) {
        unsigned char byte;
        if (!decode_byte(&segment, &byte) || byte <= ' ' || byte >= 0x7f || byte == '/' ||
            byte == '\\' || used + 1 == ROUTE_NAME_CAPACITY)
            return false;
        out[used++] = (char)byte;
    }
    out[used] = '\0';
    return true;
}

static struct slice next_segment(struct slice path, size_t from)
{
    const char *at = path.data + from;
    size_t left = path.length - from;
    const char *slash = memchr(at, '/', left);
    return (struct slice){at, slash ? (size_t)(slash - at) : left};
}

/*
 * Whether the path decodes, and no segment of what it says is "." or "..": libcurl and uWSGI
 * resolve those, and then it were another path than the one that was looked at. path begins with
 * "/".
 */
static bool is_plain_path(struct slice path)
{
    size_t length = 0, dots = 0; /* of the present segment */
    while (path.length > 0) {
        unsigned char byte;
        if (path.data[0] == '\\' || !decode_byte(&path, &byte) || byte < ' ' || byte == 0x7f)
            return false;
        length = byte == '/' ? 0 : length + 1;
        dots = byte == '/' ? 0 : dots + (byte == '.');
        bool ends = path.length == 0 || path.data[0] == '/' ||
                    (path.length > 2 && strncasecmp(path.data, "%2f", 3) == 0);
        if (ends && length > 0 && length <= 2 && dots == length)
            return false;
    }
    return true;
}

static const struct engine *find_engine(const struct settings *settings, const char *name)
{
    size_t low = 0, high = settings->engine_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, settings->engines[middle].name);
        if (order == 0)
            return &settings->engines[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Reads http://host/path?query as /path?query (RFC 9112 §3.2.2). */
static struct slice without_authority(struct slice target)
{
    static const char *const schemes[] = {"http://", "https://"};
    const char *end = target.data + target.length;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (target.length < length || strncasecmp(target.data, schemes[i], length) != 0)
            continue;
        for (const char *at = target.data + length; at < end; at++) {
            if (*at == '/')
                return (struct slice){at, (size_t)(end - at)};
            if (*at == '?')
                return target;
        }
    }
    return target;
}

/* A line break would begin another field, and whatever follows a # would be lost on the way. */
bool route_target_is_malformed(struct slice target)
{
    for (size_t i = 0; i < target.length; i++) {
        unsigned char c = (unsigned char)target.data[i];
        if (c <= ' ' || c == 0x7f || c == '#')
            return true;
    }
    return false;
}

/* Decodes a path into out, null-terminated. False if it is malformed or too long. */
static bool decode_path(struct slice path, char *out, size_t capacity)
{
    size_t used = 0;
    while (path.length > 0 && used + 1 < capacity) {
        unsigned char byte;
        if (!decode_byte(&path, &byte))
            return false;
        out[used++] = (char)byte;
    }
    out[used] = '\0';
    return path.length == 0;
}

bool route_is_under(struct slice target, const char *mount)
{
    static const char *const own[] = {"/execute", "/info", "/healthz", "/metrics"};
    char path[MAX_TARGET];
    const char *query = memchr(target.data, '?', target.length);
    size_t length = strcmp(mount, "/") == 0 ? 0 : strlen(mount);
    if (!decode_path(
            (struct slice){target.data, query ? (size_t)(query - target.data) : target.length},
            path, sizeof(path)))
        return false;
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
        if (strcmp(path, own[i]) == 0)
            return false;
    }
    return strncmp(path, mount, length) == 0 &&
           (path[length] == '/' || (length > 0 && path[length] == '\0'));
}

struct route route_find(const struct settings *settings, struct slice target)
{
    target = without_authority(target);
    struct route route = {.kind = ROUTE_NOT_FOUND};
    const char *query = memchr(target.data, '?', target.length);
    struct slice path = {target.data, query ? (size_t)(query - target.data) : target.length};
    if (path.length == 0 || path.data[0] != '/' || !is_plain_path(path) ||
        route_target_is_malformed(target))
        return route;

    char name[ROUTE_NAME_CAPACITY];
    struct slice segment = next_segment(path, 1);
    if (!decode_name(segment, name))
        return route;
    size_t rest = 1 + segment.length; /* where the engine's own path begins */
    if (rest == path.length) {
        if (strcmp(name, "healthz") == 0)
            route.kind = ROUTE_HEALTHZ;
        else if (strcmp(name, "readyz") == 0)
            route.kind = ROUTE_READYZ;
        else if (strcmp(name, "metrics") == 0)
            route.kind = ROUTE_METRICS;
        return route; /* an engine's name alone is no path */
    }
    route.engine = find_engine(settings, name);
    if (route.engine) {
        route.kind = ROUTE_ENGINE;
        route.target = (struct slice){target.data + rest, target.length - rest};
    }
    return route;
}
