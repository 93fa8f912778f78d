#include "front.h"

#include <linux/filter.h>
#include <sys/eventfd.h>

#include "contents.h"
#include "engine.h"
#include "exchange.h"
#include "intake.h"
#include "keeping.h"
#include "listener.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "page_answers.h"
#include "roster.h"
#include "script_answers.h"
#include "workers.h"

extern struct uwsgi_server uwsgi;

#define MOST_SOCKETS   16
#define MOST_CONTENTS  1024
#define CONTENTS_SHARE 16 /* of the descriptors that the process may have */
#define BACKSTOP       10 /* seconds without a turn of the loop until uWSGI replaces the front */

static struct {
    const struct engine *engine;
    struct source sockets[MOST_SOCKETS];
    struct source signals[2];
    struct source finish; /* eventfd, readable once the front has to end */
} front = {.finish = {.descriptor = -1}};

size_t front_most_runners(const struct engine *engine)
{
    return roster_most_runners(engine);
}

void front_set_up(const struct engine *engine)
{
    front.engine = engine;
    size_t count = 0;
    for (struct uwsgi_socket *socket = uwsgi.sockets; socket; socket = socket->next) {
        int on = 1;
        if (++count > MOST_SOCKETS)
            refuse_start("at most 16 listening sockets are allowed");
        /* Fails on a Unix socket, which does not need it. */
        setsockopt(socket->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
}

static struct uwsgi_socket *socket_of(int descriptor)
{
    struct uwsgi_socket *socket = uwsgi.sockets;
    while (socket && socket->fd != descriptor)
        socket = socket->next;
    return socket;
}

static void socket_ready(struct source *source, uint32_t events)
{
    (void)events;
    struct uwsgi_socket *socket = socket_of(source->descriptor);
    if (socket)
        listener_accept(socket);
}

static void signal_ready(struct source *source, uint32_t events)
{
    (void)events;
    uwsgi_receive_signal(source->descriptor, TEXT("worker"), uwsgi.mywid);
}

/* Drops new connections, for all processes that share the socket; clients retry in a second. */
static void hold_back(int socket)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {.len = 1, .filter = &nothing};
    setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

/*
 * Serves all that are connected; shutdown(2) would reset them. The master decides whether more may
 * come: after a reload another front takes them, after the end nobody does.
 */
static void stop_accepting(struct source *source, uint32_t events)
{
    (void)events;
    loop_forget(source);
    connections_finish();
    for (size_t i = 0; i < MOST_SOCKETS && front.sockets[i].ready; i++) {
        int descriptor = front.sockets[i].descriptor;
        struct uwsgi_socket *socket = socket_of(descriptor);
        bool for_good = atomic_load(&front.engine->shared->stopping);
        if (for_good)
            hold_back(descriptor);
        while (socket && listener_accept(socket))
            continue;
        loop_forget(&front.sockets[i]);
        if (for_good)
            shutdown(descriptor, SHUT_RDWR);
    }
}

static volatile sig_atomic_t finish_asked; /* perhaps before a loop exists that could hear it */

void front_finish(int number)
{
    (void)number;
    int saved = errno;
    finish_asked = 1;
    uwsgi.workers[uwsgi.mywid].manage_next_request = 0;
    eventfd_write(front.finish.descriptor, 1);
    errno = saved;
}

static void watch(struct source *source, int descriptor,
                  void (*ready)(struct source *source, uint32_t events))
{
    *source = (struct source){.descriptor = descriptor, .ready = ready};
    if (loop_watch(source, EPOLLIN))
        return;
    log_line("the front cannot wait for requests: %s", strerror(errno));
    exit(1);
}

static void watch_all(void)
{
    size_t count = 0;
    for (struct uwsgi_socket *socket = uwsgi.sockets; socket; socket = socket->next) {
        if (socket->fd >= 0)
            watch(&front.sockets[count++], socket->fd, socket_ready);
    }
    watch(&front.finish, front.finish.descriptor, stop_accepting);
    if (uwsgi.signal_socket > -1) {
        watch(&front.signals[0], uwsgi.signal_socket, signal_ready);
        watch(&front.signals[1], uwsgi.my_signal_socket, signal_ready);
    }
}

/* Each content is a descriptor, so they get a share of those that the process may have. */
static void set_up_contents(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    size_t share = (size_t)(limit.rlim_cur / CONTENTS_SHARE);
    contents_set_up(front.engine->keep_limit, share < MOST_CONTENTS ? share : MOST_CONTENTS,
                    &front.engine->shared->metrics.contents_evictions);
}

static const struct workers_user *const users[POOLS] = {
    [POOL_SCRIPTS] = &script_answers,
    [POOL_APPLICATION] = &page_answers,
};

static void start(void)
{
    front.finish.descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (finish_asked)
        eventfd_write(front.finish.descriptor, 1);
    exchanges_set_up(front.engine);
    listener_set_up(&intake, uwsgi.socket_timeout);
    set_up_contents();
    if (loop_create() && workers_start(front.engine, users)) {
        watch_all();
        return;
    }
    log_line("the front cannot start: %s", strerror(errno));
    exit(1);
}

static int64_t next_timeout(void)
{
    int64_t one = connections_next_timeout(), other = workers_next_timeout();
    return one < other ? one : other;
}

static bool has_finished(void)
{
    return connections_are_finishing() && !connections_are_left() && exchanges_open() == 0;
}

void front_run(void)
{
    start();
    uwsgi.workers[uwsgi.mywid].accepting = 1; /* as uwsgi_ignition does after this hook */
    while (!has_finished()) {
        uwsgi.workers[uwsgi.mywid].harakiri = time(NULL) + BACKSTOP;
        bool keeps = keepings_are_left();
        loop_turn(keeps ? 0 : next_timeout(), !keeps && roster_is_any_busy());
        keepings_go_on();
        listener_pass_time();
        workers_pass_time();
    }
}
