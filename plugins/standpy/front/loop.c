#include "loop.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "monotonic.h"

#define BATCH      64
#define LOOK       60000 /* nanoseconds */
#define MOST_SLEEP 5000  /* milliseconds: the master wants a sign of life now and then */

static struct {
    int epoll;
    int64_t now;
    void **garbage;
    size_t garbage_count, garbage_capacity;
} loop = {.epoll = -1};

bool loop_create(void)
{
    loop.epoll = epoll_create1(EPOLL_CLOEXEC);
    loop.now = monotonic_nanoseconds();
    return loop.epoll >= 0;
}

bool loop_watch(struct source *source, uint32_t events)
{
    if (source->events == events)
        return true;
    struct epoll_event event = {.events = events, .data.ptr = source};
    int operation = source->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(loop.epoll, operation, source->descriptor, &event) != 0)
        return false;
    source->events = events;
    return true;
}

void loop_forget(struct source *source)
{
    if (source->events != 0)
        epoll_ctl(loop.epoll, EPOLL_CTL_DEL, source->descriptor, NULL);
    source->events = 0;
    source->ready = NULL;
}

void loop_free(void *memory)
{
    if (loop.garbage_count == loop.garbage_capacity) {
        size_t capacity = loop.garbage_capacity ? 2 * loop.garbage_capacity : 64;
        void **larger = reallocarray(loop.garbage, capacity, sizeof(*larger));
        if (!larger)
            return; /* lost, rather than used after it is free */
        loop.garbage = larger;
        loop.garbage_capacity = capacity;
    }
    loop.garbage[loop.garbage_count++] = memory;
}

static void free_garbage(void)
{
    while (loop.garbage_count > 0)
        free(loop.garbage[--loop.garbage_count]);
}

int64_t loop_now(void)
{
    return loop.now;
}

static int milliseconds_until(int64_t until)
{
    int64_t left = until - monotonic_nanoseconds();
    if (left <= 0)
        return 0;
    int64_t milliseconds = left / 1000000 + 1;
    return milliseconds < MOST_SLEEP ? (int)milliseconds : MOST_SLEEP;
}

static int wait(struct epoll_event *events, int64_t until, bool soon)
{
    int64_t end = soon ? monotonic_nanoseconds() + LOOK : 0;
    while (soon) {
        int count = epoll_wait(loop.epoll, events, BATCH, 0);
        if (count != 0)
            return count;
        sched_yield();
        soon = monotonic_nanoseconds() < end;
    }
    return epoll_wait(loop.epoll, events, BATCH, milliseconds_until(until));
}

void loop_turn(int64_t until, bool soon)
{
    struct epoll_event events[BATCH];
    int count = wait(events, until, soon);
    loop.now = monotonic_nanoseconds();
    for (int i = 0; i < count; i++) {
        struct source *source = events[i].data.ptr;
        if (source->ready)
            source->ready(source, events[i].events);
    }
    free_garbage();
}
