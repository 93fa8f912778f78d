#include "parts.h"

#include <stdlib.h>

bool parts_add(struct parts *parts, struct part part)
{
    struct part *list = reallocarray(parts->list, parts->count + 1, sizeof(*list));
    if (!list)
        return false;
    list[parts->count++] = part;
    parts->list = list;
    return true;
}

void parts_finish(struct parts *parts)
{
    free(parts->list);
    *parts = (struct parts){NULL, 0};
}
