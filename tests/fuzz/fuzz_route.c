/* The router's route for any target. What goes to an engine must never climb out of its path. */
#include <stdint.h>
#include <stdlib.h>

#include "route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "e";
    static struct engine engine = {.name = name};
    static const struct settings settings = {.engines = &engine, .engine_count = 1};
    struct slice target = {(const char *)data, size};
    struct route route = route_find(&settings, target);
    if (route.kind != ROUTE_ENGINE)
        return 0;
    const char *query = memchr(route.target.data, '?', route.target.length);
    size_t path = query ? (size_t)(query - route.target.data) : route.target.length;
    if (route.target.length == 0 || route.target.data[0] != '/' ||
        memmem(route.target.data, path, "/../", 4) || memchr(route.target.data, '\n', path))
        abort();
    return 0;
}
