#include "timeouts.h"

#include <stddef.h>

void timeout_stop(struct timeout *timeout)
{
    struct timeout_list *list = timeout->list;
    if (!list)
        return;
    *(timeout->older ? &timeout->older->younger : &list->oldest) = timeout->younger;
    *(timeout->younger ? &timeout->younger->older : &list->youngest) = timeout->older;
    timeout->older = timeout->younger = NULL;
    timeout->list = NULL;
}

void timeout_start(struct timeout_list *list, struct timeout *timeout, int64_t now)
{
    timeout_stop(timeout);
    timeout->list = list;
    timeout->due = now + list->duration;
    timeout->older = list->youngest;
    *(list->youngest ? &list->youngest->younger : &list->oldest) = timeout;
    list->youngest = timeout;
}

void timeouts_pass(struct timeout_list *list, int64_t now)
{
    while (list->oldest && list->oldest->due <= now) {
        struct timeout *timeout = list->oldest;
        timeout_stop(timeout);
        list->passed(timeout);
    }
}

int64_t timeouts_next(const struct timeout_list *list)
{
    return list->oldest ? list->oldest->due : TIMEOUT_NEVER;
}
