/*
 * Finds the resource of the engine that a request means. Pure.
 */
#ifndef STANDPY_ROUTE_H
#define STANDPY_ROUTE_H

#include "slice.h"

/* For error messages. */
#define ROUTES "/execute, /info, /healthz and /metrics"

enum route {
    ROUTE_EXECUTE,            /* POST /execute */
    ROUTE_INFO,               /* GET, HEAD /info */
    ROUTE_HEALTHZ,            /* GET, HEAD /healthz */
    ROUTE_METRICS,            /* GET, HEAD /metrics */
    ROUTE_APPLICATION,        /* what is under the mount of the WSGI application */
    ROUTE_NOT_FOUND,          /* no such path */
    ROUTE_METHOD_NOT_ALLOWED, /* the path exists; *allow names its methods */
};

/* path is decoded and has no query. mount: "/app", or "" if the application has all paths but the
 * engine's own; NULL: there is none. *allow is set to a constant for ROUTE_METHOD_NOT_ALLOWED. */
enum route route_find(struct slice method, struct slice path, const char *mount,
                      const char **allow);

#endif
