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

/*
 * Decodes one path segment (RFC 3986 §2.1) into out, null-terminated. False if it is malformed, too
 * long, or has a byte that no name has.
 */
static bool decode_segment(struct slice segment, char out[ROUTE_NAME_CAPACITY])
{
    size_t used = 0;
    for (size_t i = 0; i < segment.length; i++) {
        char c = segment.data[i];
        if (c == '%') {
            if (i + 2 >= segment.length)
                return false;
            int high = hex_digit(segment.data[i + 1]), low = hex_digit(segment.data[i + 2]);
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        unsigned char byte = (unsigned char)c;
        if (byte <= ' ' || byte >= 0x7f || c == '/' || c == '\\' || used + 1 == ROUTE_NAME_CAPACITY)
            return false;
        out[used++] = c;
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

/* Whether every segment decodes and none is "." or "..". path begins with "/". */
static bool is_plain_path(struct slice path)
{
    char name[ROUTE_NAME_CAPACITY];
    for (size_t at = 1; at <= path.length;) {
        struct slice segment = next_segment(path, at);
        if (!decode_segment(segment, name) || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            return false;
        at += segment.length + 1;
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

/* Decodes a path whose segments all decode. False if it is too long. */
static bool decode_path(struct slice path, char *out, size_t capacity)
{
    size_t used = 0;
    for (size_t i = 0; i < path.length && used + 1 < capacity; i++) {
        char c = path.data[i];
        if (c == '%' && i + 2 < path.length) {
            c = (char)(hex_digit(path.data[i + 1]) * 16 + hex_digit(path.data[i + 2]));
            i += 2;
        }
        out[used++] = c;
    }
    out[used] = '\0';
    return used + 1 < capacity;
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
    if (!decode_segment(segment, name))
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
