#include "route.h"

static const struct resource {
    const char *path;
    enum route route;
    const char *allow;
} resources[] = {
    {"/execute", ROUTE_EXECUTE, "POST"},
    {"/info", ROUTE_INFO, "GET, HEAD"},
    {"/healthz", ROUTE_HEALTHZ, "GET, HEAD"},
    {"/metrics", ROUTE_METRICS, "GET, HEAD"},
};

static bool allowed(const struct resource *resource, struct slice method)
{
    if (resource->route == ROUTE_EXECUTE)
        return slice_equals(method, "POST");
    return slice_equals(method, "GET") || slice_equals(method, "HEAD");
}

enum route route_find(struct slice method, struct slice path, const char **allow)
{
    for (size_t i = 0; i < sizeof(resources) / sizeof(*resources); i++) {
        if (!slice_equals(path, resources[i].path))
            continue;
        if (allowed(&resources[i], method))
            return resources[i].route;
        *allow = resources[i].allow;
        return ROUTE_METHOD_NOT_ALLOWED;
    }
    return ROUTE_NOT_FOUND;
}
