#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>

#include "monotonic.h"

#define BATCH      64
#define LOOK       60000 /* nanoseconds */
#define POLL_TURN  100   /* milliseconds */
#define MOST_SLEEP 5000  /* milliseconds: the master expects a sign of life now and then */

static struct {
    int epoll;
    int64_t now;
    /*
     * The sources that epoll has no room for. The kernel limits what all processes of a user watch
     * together (/proc/sys/fs/epoll/max_user_watches), so a script can use that up. poll(2) has no
     * such limit. Without such a script this is empty.
     */
    struct source **polled;
    struct pollfd *descriptors; /* of these, and one more: epoll's own */
    size_t polled_count, polled_capacity;
    void **garbage;
    size_t garbage_count, garbage_capacity;
} loop = {.epoll = -1};

bool loop_create(void)
{
    loop.epoll = epoll_create1(EPOLL_CLOEXEC);
    loop.now = monotonic_nanoseconds();
    return loop.epoll >= 0;
}

static bool tell_epoll(int operation, struct source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(loop.epoll, operation, source->descriptor, &event) == 0;
}

static bool grow_polled(void)
{
    size_t capacity = loop.polled_capacity ? 2 * loop.polled_capacity : 64;
    struct source **sources = reallocarray(loop.polled, capacity, sizeof(*sources));
    if (!sources)
        return false;
    loop.polled = sources;
    struct pollfd *descriptors = reallocarray(loop.descriptors, capacity + 1, sizeof(*descriptors));
    if (!descriptors)
        return false;
    loop.descriptors = descriptors;
    loop.polled_capacity = capacity;
    return true;
}

static bool poll_source(struct source *source)
{
    if (loop.polled_count == loop.polled_capacity && !grow_polled())
        return false;
    loop.polled[loop.polled_count++] = source;
    source->is_polled = true;
    return true;
}

static void stop_polling(struct source *source)
{
    size_t i = 0;
    while (loop.polled[i] != source)
        i++;
    loop.polled[i] = loop.polled[--loop.polled_count];
    source->is_polled = false;
}

static bool watch_new(struct source *source, uint32_t events)
{
    return tell_epoll(EPOLL_CTL_ADD, source, events) ||
           ((errno == ENOSPC || errno == ENOMEM) && poll_source(source));
}

bool loop_watch(struct source *source, uint32_t events)
{
    if (source->events == events)
        return true;
    bool watched = source->events == 0
                       ? watch_new(source, events)
                       : source->is_polled || tell_epoll(EPOLL_CTL_MOD, source, events);
    if (watched)
        source->events = events;
    return watched;
}

void loop_forget(struct source *source)
{
    if (source->is_polled)
        stop_polling(source);
    else if (source->events != 0)
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
            return; /* a leak is better than a use after free */
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

static void leave_to_epoll(void)
{
    for (size_t i = loop.polled_count; i-- > 0;) {
        struct source *source = loop.polled[i];
        if (tell_epoll(EPOLL_CTL_ADD, source, source->events))
            stop_polling(source);
        else
            return; /* there is still no room */
    }
}

/*
 * Waits until epoll has something or one of the others is ready, but not for long: epoll may have
 * room for them again at any moment.
 */
static int wait_for_polled(struct epoll_event *events, int64_t until)
{
    struct pollfd *descriptors = loop.descriptors;
    size_t count = loop.polled_count;
    int milliseconds = milliseconds_until(until), found = 0;
    for (size_t i = 0; i < count; i++)
        descriptors[i] = (struct pollfd){.fd = loop.polled[i]->descriptor,
                                         .events = (short)loop.polled[i]->events};
    descriptors[count] = (struct pollfd){.fd = loop.epoll, .events = POLLIN};
    if (poll(descriptors, count + 1, milliseconds < POLL_TURN ? milliseconds : POLL_TURN) <= 0)
        return 0;
    for (size_t i = 0; i < count && found < BATCH / 2; i++) {
        if (descriptors[i].revents)
            events[found++] = (struct epoll_event){.events = (uint16_t)descriptors[i].revents,
                                                   .data.ptr = loop.polled[i]};
    }
    int others = epoll_wait(loop.epoll, events + found, BATCH - found, 0);
    return others > 0 ? found + others : found;
}

static int wait(struct epoll_event *events, int64_t until, bool soon)
{
    if (loop.polled_count > 0)
        leave_to_epoll();
    if (loop.polled_count > 0)
        return wait_for_polled(events, until);
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
