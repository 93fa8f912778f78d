#include "route.h"

#include <string.h>

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

static bool is_under(struct slice path, const char *mount)
{
    size_t length = strlen(mount);
    if (path.length < length || memcmp(path.data, mount, length) != 0)
        return false;
    return length > 0 && path.length == length ? true
                                               : path.length > length && path.data[length] == '/';
}

enum route route_find(struct slice method, struct slice path, const char *mount, const char **allow)
{
    for (size_t i = 0; i < sizeof(resources) / sizeof(*resources); i++) {
        if (!slice_equals(path, resources[i].path))
            continue;
        if (allowed(&resources[i], method))
            return resources[i].route;
        *allow = resources[i].allow;
        return ROUTE_METHOD_NOT_ALLOWED;
    }
    return mount && path.data && is_under(path, mount) ? ROUTE_APPLICATION : ROUTE_NOT_FOUND;
}
