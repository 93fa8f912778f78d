#include "connections.h"

#include <linux/filter.h>

#include "kept.h"
#include "options.h"
#include "worker.h"

extern struct uwsgi_server uwsgi;

#define HEAD_NANOSECONDS (10 * INT64_C(1000000000)) /* in which the head of a request must come */

static struct control *control;
static struct worker *worker;

static bool is_busy(int id)
{
    return uwsgi.workers[id].pid > 0 && uwsgi.workers[id].cores[0].in_request != 0;
}

int connections_busy_workers(void)
{
    int busy = 0;
    for (int id = 1; id <= uwsgi.numproc; id++)
        busy += is_busy(id);
    return busy;
}

static bool all_busy(void)
{
    return connections_busy_workers() == uwsgi.numproc;
}

bool connections_another_is_idle(void)
{
    for (int id = 1; id <= uwsgi.numproc; id++) {
        if (id != uwsgi.mywid && uwsgi.workers[id].pid > 0 && !is_busy(id))
            return true;
    }
    return false;
}

static bool any_busy(void)
{
    return connections_busy_workers() > 0;
}

/* The moment a worker takes a connection it is busy, even before the request's head is here. */
void connections_mark_busy(int connection)
{
    uwsgi.workers[uwsgi.mywid].cores[0].in_request = 1;
    control_notice(control);
    watchdog_receive(&worker->watchdog, connection, HEAD_NANOSECONDS);
}

/* A script's subprocess must not hold the connection open; TCP_NODELAY comes from the listener. */
static int accept_from_network(struct wsgi_request *wsgi_request, int listener)
{
    socklen_t length = sizeof(wsgi_request->client_addr);
    int descriptor = accept4(listener, (struct sockaddr *)&wsgi_request->client_addr, &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    wsgi_request->c_len = (int)length;
    if (descriptor >= 0)
        connections_mark_busy(descriptor);
    return descriptor;
}

static int accept_handed_over(struct wsgi_request *wsgi_request, int listener)
{
    (void)listener;
    int descriptor;
    enum control_taken taken = control_take(control, &descriptor);
    if (taken == CONTROL_TOOK_ABORTED)
        metrics_raise(&worker->metrics->outcomes[OUTCOME_ABORTED], 1);
    if (taken != CONTROL_TOOK_REQUEST && taken != CONTROL_TOOK_IDLE)
        return -1;
    socklen_t length = sizeof(wsgi_request->client_addr);
    if (getpeername(descriptor, (struct sockaddr *)&wsgi_request->client_addr, &length) == 0)
        wsgi_request->c_len = (int)length;
    if (taken == CONTROL_TOOK_IDLE) {
        wsgi_request->fd = descriptor;
        kept_add(wsgi_request);
        return -1;
    }
    connections_mark_busy(descriptor);
    return descriptor;
}

/* One more socket that workers accept from, with HTTP on its connections. */
static void add_handover_socket(struct uwsgi_socket *http_socket)
{
    struct uwsgi_socket *handover = uwsgi_calloc(sizeof(*handover));
    *handover = *http_socket;
    handover->fd = control->handover_receive;
    handover->family = AF_UNIX;
    handover->proto_accept = accept_handed_over;
    handover->proto_close = kept_close;
    handover->bound = 0; /* not uWSGI's to close */
    handover->next = NULL;

    struct uwsgi_socket *last = uwsgi.sockets;
    while (last->next)
        last = last->next;
    last->next = handover;
}

static void set_up_listener(struct uwsgi_socket *socket)
{
    int on = 1;
    /* Both in vain for a Unix socket, which is right as it is. */
    setsockopt(socket->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fcntl(socket->fd, F_SETFD, FD_CLOEXEC);
    socket->proto_accept = accept_from_network;
    socket->proto_close = kept_close;
}

void connections_set_up(struct control *engine_control)
{
    control = engine_control;
    control->all_busy = all_busy;
    control->any_busy = any_busy;
    if (!control_init(control))
        refuse_start("cannot make the sockets of the control process");

    struct uwsgi_socket *http_socket = NULL;
    for (struct uwsgi_socket *socket = uwsgi.sockets; socket; socket = socket->next) {
        if (control->listener_count == CONTROL_MAX_LISTENERS)
            refuse_start("at most 16 listening sockets are allowed");
        /* uWSGI closes its own copy in the control process. */
        int copy = fcntl(socket->fd, F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
            refuse_start("cannot duplicate a listening socket");
        control->listeners[control->listener_count++] = copy;
        set_up_listener(socket);
        http_socket = socket;
    }
    if (http_socket)
        add_handover_socket(http_socket);
}

void connections_use(struct worker *own)
{
    worker = own;
    control_forget(control);
    kept_use(control, worker);
}

/* Called by a signal handler. */
void connections_refuse(void)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {.len = 1, .filter = &nothing};
    for (struct uwsgi_socket *socket = uwsgi.sockets; socket; socket = socket->next) {
        if (!socket->bound)
            continue;
        /* None more may connect before those that already have are taken: shutdown resets them. */
        setsockopt(socket->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
        int waiting;
        while ((waiting = accept4(socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
            control_hand_over(control, waiting);
            close(waiting);
        }
        shutdown(socket->fd, SHUT_RDWR); /* for all processes that share it */
    }
}

void connections_close(void)
{
    for (struct uwsgi_socket *socket = uwsgi.sockets; socket; socket = socket->next) {
        close(socket->fd);
        socket->fd = -1;
    }
    close(control->handover_send);
    close(control->wake);
}
