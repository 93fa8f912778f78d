#include "loop.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "inbox.h"
#include "listener.h"
#include "log.h"
#include "monotonic.h"
#include "ring.h"
#include "upstream.h"

#define MAX_EVENTS 64
#define LOOK_MS    100 /* between checks for what takes too long */

/* Whose socket it is: the upper half of epoll's data. */
enum tag { TAG_STOP, TAG_INBOX, TAG_LISTENER, TAG_CLIENT, TAG_UPSTREAM };

struct loop {
    int epoll, stop_event;
    struct listener *listener;
    struct upstream *upstream;
    struct inbox inbox;
    unsigned stop_timeout;                  /* seconds */
    unsigned busy_poll, busy_poll_requests; /* as in struct loop_config */
    int64_t stop_deadline;                  /* monotonic microseconds; 0: not stopping */
};

static bool watch(const struct loop *loop, int descriptor, enum tag tag)
{
    struct epoll_event event = {.events = EPOLLIN,
                                .data.u64 = (uint64_t)tag << 32 | (uint32_t)descriptor};
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

struct loop *loop_create(const struct loop_config *config)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    if (!loop) {
        close(config->socket);
        return NULL;
    }
    loop->stop_timeout = config->stop_timeout;
    loop->busy_poll = config->busy_poll;
    loop->busy_poll_requests = config->busy_poll_requests;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool started = inbox_init(&loop->inbox) && loop->stop_event >= 0;
    loop->upstream = upstream_create(loop->epoll, TAG_UPSTREAM);
    struct listener_config listener = {
        .socket = config->socket,
        .max_connections = config->max_connections,
        .epoll = loop->epoll,
        .tag = TAG_CLIENT,
        .inbox = &loop->inbox,
        .tls = config->tls,
    };
    if (loop->upstream) {
        listener.transfers = upstream_transfers(loop->upstream);
        loop->listener = listener_create(&listener);
    }
    if (!loop->listener)
        close(config->socket);
    if (started && loop->listener && watch(loop, loop->stop_event, TAG_STOP) &&
        watch(loop, loop->inbox.wake, TAG_INBOX) &&
        watch(loop, listener_descriptor(loop->listener), TAG_LISTENER))
        return loop;
    log_line("cannot start: %s", strerror(errno));
    loop_destroy(loop);
    return NULL;
}

void loop_destroy(struct loop *loop)
{
    if (!loop)
        return;
    listener_destroy(loop->listener);
    log_flush(); /* of requests that were cut off */
    upstream_destroy(loop->upstream);
    ring_free_spares();
    inbox_finish(&loop->inbox);
    if (loop->stop_event >= 0)
        close(loop->stop_event);
    if (loop->epoll >= 0)
        close(loop->epoll);
    free(loop);
}

void loop_stop(struct loop *loop)
{
    uint64_t one = 1;
    if (write(loop->stop_event, &one, sizeof(one)) < 0)
        return; /* it is already told */
}

static int soonest(int left, int right)
{
    if (left < 0 || right < 0)
        return left < 0 ? right : left;
    return left < right ? left : right;
}

static int timeout(const struct loop *loop)
{
    if (listener_pending(loop->listener))
        return 0;
    int wait = soonest(upstream_timeout(loop->upstream), listener_timeout(loop->listener));
    if (listener_in_flight(loop->listener) > 0)
        wait = soonest(wait, LOOK_MS);
    return loop->stop_deadline != 0 ? soonest(wait, 100) : wait;
}

/*
 * Waking up costs a request more than the router's own work. So while a client waits for its
 * answer, the loop polls for a moment before it sleeps, if that takes the processor from nobody.
 */
static int wait_for_events(const struct loop *loop, struct epoll_event *events)
{
    int wait = timeout(loop);
    int64_t until = 0;
    size_t in_flight = listener_in_flight(loop->listener);
    if (wait != 0 && loop->busy_poll > 0 && in_flight > 0 && in_flight <= loop->busy_poll_requests)
        until = monotonic_microseconds() + loop->busy_poll;
    int count;
    do {
        count = epoll_wait(loop->epoll, events, MAX_EVENTS, until > 0 ? 0 : wait);
        if (count == 0 && until > 0)
            sched_yield(); /* the engine polls too, and needs a processor to answer */
    } while (count == 0 && monotonic_microseconds() < until);
    return count == 0 && until > 0 ? epoll_wait(loop->epoll, events, MAX_EVENTS, wait) : count;
}

static void begin_stop(struct loop *loop)
{
    uint64_t count;
    if (read(loop->stop_event, &count, sizeof(count)) < 0 || loop->stop_deadline != 0)
        return;
    loop->stop_deadline = monotonic_microseconds() + (int64_t)loop->stop_timeout * 1000000;
    listener_quiesce(loop->listener);
}

/*
 * Clients that left come first: listener_run may close a descriptor that a new connection then
 * takes, and the event would count for the new one.
 */
static void handle_client_events(struct loop *loop, const struct epoll_event *events, int count)
{
    for (int i = 0; i < count; i++) {
        if (events[i].data.u64 >> 32 == TAG_CLIENT)
            listener_client_left(loop->listener, (int)(uint32_t)events[i].data.u64);
    }
}

/* Returns whether the listener has work to do. */
static bool handle_other_events(struct loop *loop, const struct epoll_event *events, int count)
{
    bool listener_ready = false;
    for (int i = 0; i < count; i++) {
        int descriptor = (int)(uint32_t)events[i].data.u64;
        switch ((enum tag)(events[i].data.u64 >> 32)) {
        case TAG_STOP:
            begin_stop(loop);
            break;
        case TAG_INBOX:
            inbox_acknowledge(&loop->inbox);
            break;
        case TAG_LISTENER:
            listener_ready = true;
            break;
        case TAG_UPSTREAM:
            upstream_ready(loop->upstream, descriptor, events[i].events);
            break;
        case TAG_CLIENT:
            break;
        }
    }
    return listener_ready;
}

static void take_inbox(struct loop *loop)
{
    for (struct inbox_item *item; (item = inbox_take(&loop->inbox)) != NULL;)
        item->handle(item);
}

static bool is_over(const struct loop *loop)
{
    return loop->stop_deadline != 0 && (listener_in_flight(loop->listener) == 0 ||
                                        monotonic_microseconds() >= loop->stop_deadline);
}

void loop_run(struct loop *loop)
{
    inbox_own(&loop->inbox);
    while (!is_over(loop)) {
        struct epoll_event events[MAX_EVENTS];
        int count = wait_for_events(loop, events);
        if (count < 0 && errno != EINTR) {
            log_line("epoll_wait: %s", strerror(errno));
            return;
        }
        handle_client_events(loop, events, count);
        bool listener_ready = handle_other_events(loop, events, count);
        take_inbox(loop);
        upstream_run(loop->upstream);
        listener_look(loop->listener);
        /* If libmicrohttpd has its next step ready, do it at once, without epoll in between. */
        for (int step = 0; step < 4 && (listener_ready || listener_pending(loop->listener) ||
                                        listener_timeout(loop->listener) == 0);
             step++) {
            listener_ready = false;
            listener_run(loop->listener);
        }
        upstream_run(loop->upstream); /* new requests may have started transfers */
        take_inbox(loop);
        log_flush();
        upstream_close_sockets(loop->upstream);
    }
    ring_free_spares();
}
