/*
 * Which engine a request target names, and what it asks of that engine. Pure.
 */
#ifndef STANDPY_ROUTER_ROUTE_H
#define STANDPY_ROUTER_ROUTE_H

#include "settings.h"
#include "slice.h"

#define ROUTE_NAME_CAPACITY 256

enum route_kind {
    ROUTE_ENGINE,  /* engine and target are set */
    ROUTE_HEALTHZ, /* the router's own paths */
    ROUTE_READYZ,
    ROUTE_METRICS,
    ROUTE_NOT_FOUND, /* no such engine, or not a valid path */
};

struct route {
    enum route_kind kind;
    const struct engine *engine;
    struct slice target; /* path and query for the engine, from "/"; borrowed */
};

/*
 * target: as the client sent it: path and query, perhaps after scheme and authority, not decoded.
 * The first segment names the engine and may be percent-encoded; the rest goes on unchanged. A path
 * with a "." or ".." segment, encoded or not, is not found, because nothing lies beside or above an
 * engine; nor is one with a control character.
 */
struct route route_find(const struct settings *settings, struct slice target);

/*
 * Whether a target is one of the WSGI application, which is at mount: "/app", or "/" for all but
 * the engine's own paths. target: a path and query for the engine, as route_find gives it. The
 * engine compares decoded paths, so this does, too.
 */
bool route_is_under(struct slice target, const char *mount);

/* Whether it has a byte that no target has: a control character, a space or a #. */
bool route_target_is_malformed(struct slice target);

#endif
