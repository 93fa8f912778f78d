#include "kept.h"

#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "connections.h"
#include "control.h"
#include "engine.h"
#include "uwsgi_api.h"
#include "worker.h"

extern struct uwsgi_server uwsgi;

#define HANDOVER_BATCH 32
#define LAST_WAIT_MS   200 /* for a last request on connections that are kept */
#define HANDOVER_AHEAD 4   /* so many are handed over before a request, if there are no more */

/* What epoll tells of. */
struct source {
    enum source_kind { SOURCE_SOCKET, SOURCE_SIGNAL, SOURCE_FINISH, SOURCE_CONNECTION } kind;
    int descriptor;
    struct uwsgi_socket *socket; /* it is, or it came from */
    union address address;       /* of a connection's client */
    socklen_t address_length;
    struct source *older, *younger; /* connections, by when they were last used */
};

static struct {
    struct control *control;
    struct worker *worker;
    int epoll;
    int finish; /* eventfd; readable from when the worker is to end */
    bool finishing;
    pthread_mutex_t lock; /* held by the thread that runs requests, but while it runs one */
    struct source *oldest, *youngest;
    size_t count;
    struct source *current; /* the connection whose request runs, where it was kept before */
    bool wish;              /* to keep the connection whose request runs */
} kept = {.epoll = -1, .finish = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

void kept_use(struct control *control, struct worker *worker)
{
    kept.control = control;
    kept.worker = worker;
    if (kept.finish < 0)
        kept.finish = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/* The list */

static void unlink_source(struct source *source)
{
    *(source->older ? &source->older->younger : &kept.oldest) = source->younger;
    *(source->younger ? &source->younger->older : &kept.youngest) = source->older;
    source->older = source->younger = NULL;
    kept.count--;
}

static void link_youngest(struct source *source)
{
    source->older = kept.youngest;
    source->younger = NULL;
    *(kept.youngest ? &kept.youngest->younger : &kept.oldest) = source;
    kept.youngest = source;
    kept.count++;
}

/*
 * Closing takes a descriptor out of epoll only where no other process has the connection as well
 * (epoll(7), questions and answers), be it on its way there.
 */
static void drop(struct source *source)
{
    unlink_source(source);
    epoll_ctl(kept.epoll, EPOLL_CTL_DEL, source->descriptor, NULL);
    close(source->descriptor);
    free(source);
}

static void hand_over(struct source *source)
{
    control_hand_over(kept.control, source->descriptor);
    drop(source);
}

/* Keeping */

static bool wants_close(struct wsgi_request *wsgi_request)
{
    uint16_t length = 0;
    const char *value = uwsgi_get_var(wsgi_request, TEXT("HTTP_CONNECTION"), 15, &length);
    /* Whatever else an option says, it is not worth more than a new connection. */
    return value && !(length == 10 && strncasecmp(value, "keep-alive", 10) == 0);
}

bool kept_possible(struct wsgi_request *wsgi_request)
{
    return kept.epoll >= 0 && settings.isolation == ISOLATION_NAMESPACE &&
           uwsgi.workers[uwsgi.mywid].manage_next_request && wsgi_request->protocol_len == 8 &&
           memcmp(wsgi_request->protocol, "HTTP/1.1", 8) == 0 &&
           wsgi_request->proto_parser_remains == 0 && !wants_close(wsgi_request);
}

void kept_wish(void)
{
    kept.wish = true;
}

void kept_add(const struct wsgi_request *wsgi_request)
{
    struct source *source = calloc(1, sizeof(*source));
    if (!source) {
        close(wsgi_request->fd);
        return;
    }
    source->kind = SOURCE_CONNECTION;
    source->descriptor = wsgi_request->fd;
    source->socket = wsgi_request->socket;
    source->address_length = (socklen_t)wsgi_request->c_len;
    source->address = wsgi_request->client_addr;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = source};
    if (epoll_ctl(kept.epoll, EPOLL_CTL_ADD, source->descriptor, &event) != 0) {
        close(source->descriptor);
        free(source);
        return;
    }
    link_youngest(source);
    if (kept.count > KEPT_LIMIT)
        drop(kept.oldest);
}

void kept_close(struct wsgi_request *wsgi_request)
{
    struct source *source = kept.current;
    bool keep = kept.wish;
    kept.current = NULL;
    kept.wish = false;
    if (keep && source) {
        unlink_source(source);
        link_youngest(source);
    } else if (source) {
        drop(source);
    } else if (keep) {
        kept_add(wsgi_request);
    } else {
        close(wsgi_request->fd);
    }
}

/* Sharing with the watchdog */

/*
 * A script may kill its worker at once, and with it a request that waits on another connection of
 * the worker's. In the queue it is safe. Where there are as many connections as workers, each
 * worker soon has one of them, and this costs nothing; where there are many more, it would cost too
 * much, and those on which requests come are handed over a tick later.
 */
static void hand_over_ahead(void)
{
    if (kept.count > HANDOVER_AHEAD + (kept.current ? 1 : 0))
        return;
    for (struct source *source = kept.oldest, *next; source; source = next) {
        next = source->younger;
        if (source != kept.current && control_hand_over(kept.control, source->descriptor))
            drop(source);
    }
}

void kept_lend(void)
{
    hand_over_ahead();
    pthread_mutex_unlock(&kept.lock);
}

void kept_take_back(void)
{
    pthread_mutex_lock(&kept.lock);
}

void kept_hand_over_waiting(void)
{
    if (pthread_mutex_trylock(&kept.lock) != 0)
        return;
    struct epoll_event events[HANDOVER_BATCH];
    int count = kept.count > 0 ? epoll_wait(kept.epoll, events, HANDOVER_BATCH, 0) : 0;
    for (int i = 0; i < count; i++) {
        struct source *source = events[i].data.ptr;
        if (source->kind != SOURCE_CONNECTION || source == kept.current)
            continue;
        if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
            drop(source);
        else
            hand_over(source);
    }
    pthread_mutex_unlock(&kept.lock);
}

void kept_hand_over_all(void)
{
    bool own = pthread_mutex_trylock(&kept.lock) == 0;
    for (struct source *source = kept.oldest, *next; source; source = next) {
        next = source->younger;
        if (source != kept.current || kept.wish)
            hand_over(source);
    }
    if (kept.wish && !kept.current) /* answered, but not yet among them */
        control_hand_over(kept.control, kept.worker->wsgi_request->fd);
    if (own)
        pthread_mutex_unlock(&kept.lock);
}

/* The loop */

static void watch(struct source *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (epoll_ctl(kept.epoll, EPOLL_CTL_ADD, source->descriptor, &event) != 0) {
        uwsgi_log("standpy: worker %d cannot wait for requests: %s\n", uwsgi.mywid,
                  strerror(errno));
        exit(1);
    }
}

static void watch_new(enum source_kind kind, int descriptor, struct uwsgi_socket *socket,
                      uint32_t events)
{
    struct source *source = uwsgi_calloc(sizeof(*source)); /* as long as the process */
    source->kind = kind;
    source->descriptor = descriptor;
    source->socket = socket;
    watch(source, events);
}

static void watch_all(void)
{
    kept.epoll = epoll_create1(EPOLL_CLOEXEC);
    for (struct uwsgi_socket *socket = uwsgi.sockets; socket; socket = socket->next) {
        if (socket->fd >= 0) /* one worker is enough for one connection */
            watch_new(SOURCE_SOCKET, socket->fd, socket, EPOLLIN | EPOLLEXCLUSIVE);
    }
    watch_new(SOURCE_FINISH, kept.finish, NULL, EPOLLIN);
    if (uwsgi.signal_socket > -1) {
        watch_new(SOURCE_SIGNAL, uwsgi.signal_socket, NULL, EPOLLIN);
        watch_new(SOURCE_SIGNAL, uwsgi.my_signal_socket, NULL, EPOLLIN);
    }
}

/*
 * Waits for one event. One that is there already has waited for this worker, which matters only
 * where there is more than one connection to wait.
 */
static bool wait_for_event(struct epoll_event *event, bool *has_waited)
{
    *has_waited = false;
    /* A client in full swing sends its next request before it can know; the answer tells it. */
    if (kept.finishing)
        return epoll_wait(kept.epoll, event, 1, kept.count > 0 ? LAST_WAIT_MS : 0) == 1;
    if (kept.count > 1) {
        *has_waited = epoll_wait(kept.epoll, event, 1, 0) == 1;
        if (*has_waited)
            return true;
    }
    return epoll_wait(kept.epoll, event, 1, -1) == 1;
}

/* New connections are for others; what has come to this worker, or was handed over, is served. */
static void stop_accepting(void)
{
    kept.finishing = true;
    epoll_ctl(kept.epoll, EPOLL_CTL_DEL, kept.finish, NULL);
    for (struct uwsgi_socket *socket = uwsgi.sockets; socket; socket = socket->next) {
        if (socket->bound && socket->fd >= 0)
            epoll_ctl(kept.epoll, EPOLL_CTL_DEL, socket->fd, NULL);
    }
}

static bool accept_from(struct source *source, struct wsgi_request *wsgi_request)
{
    wsgi_request->socket = source->socket;
    wsgi_request->fd = source->socket->proto_accept(wsgi_request, source->descriptor);
    if (wsgi_request->fd < 0)
        return false;
    uwsgi_post_accept(wsgi_request);
    return true;
}

static bool resume(struct source *source, struct wsgi_request *wsgi_request)
{
    wsgi_request->socket = source->socket;
    wsgi_request->fd = source->descriptor;
    wsgi_request->c_len = (int)source->address_length;
    wsgi_request->client_addr = source->address;
    kept.current = source;
    connections_mark_busy(source->descriptor);
    return true;
}

/* True where there is a request to serve. *nothing is set where no event is there. */
static bool take_request(struct wsgi_request *wsgi_request, bool *nothing)
{
    struct epoll_event event;
    bool has_waited;
    *nothing = !wait_for_event(&event, &has_waited);
    if (*nothing)
        return false;
    struct source *source = event.data.ptr;
    switch (source->kind) {
    case SOURCE_SOCKET:
        return accept_from(source, wsgi_request);
    case SOURCE_SIGNAL:
        uwsgi_receive_signal(source->descriptor, TEXT("worker"), uwsgi.mywid);
        return false;
    case SOURCE_FINISH:
        stop_accepting();
        return false;
    case SOURCE_CONNECTION:
        break;
    }
    if (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        drop(source);
        return false;
    }
    if (has_waited && connections_another_is_idle()) {
        hand_over(source);
        return false;
    }
    return resume(source, wsgi_request);
}

void kept_finish(int number)
{
    (void)number;
    int saved = errno;
    uwsgi.workers[uwsgi.mywid].manage_next_request = 0; /* answers close their connections now */
    eventfd_write(kept.finish, 1);
    errno = saved;
}

void kept_loop(void)
{
    struct wsgi_request *wsgi_request = &uwsgi.workers[uwsgi.mywid].cores[0].req;
    uwsgi.workers[uwsgi.mywid].accepting = 1; /* as uwsgi_ignition does after this hook */
    pthread_mutex_lock(&kept.lock);
    watch_all();
    for (bool nothing = false; !(kept.finishing && nothing);) {
        wsgi_req_setup(wsgi_request, 0, NULL);
        if (!take_request(wsgi_request, &nothing))
            continue;
        if (wsgi_req_recv(kept.epoll, wsgi_request) == 0) {
            uwsgi_close_request(wsgi_request);
        } else {
            watchdog_rest(&kept.worker->watchdog);
            uwsgi_destroy_request(wsgi_request);
        }
    }
    /* At once: what a client sends on them until the process is gone would be lost. */
    while (kept.oldest)
        drop(kept.oldest);
}
