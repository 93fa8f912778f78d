#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "direct.h"
#include "header_field.h"
#include "information.h"
#include "monotonic.h"
#include "request_id.h"
#include "route.h"

#define TICK_MILLISECONDS 20 /* how late it may notice that all workers are busy */
#define QUIET_TICKS       50 /* without any request, before it sleeps for good */
#define MAX_CONNECTIONS   512
#define HEAD_CAPACITY     8192
#define PATIENCE_SECONDS  10 /* for a head that does not come, a body that nobody wants */
#define DRAIN_READS       4  /* a tick */

/* A connection that was accepted here and whose request line has not come yet; or was answered, and
 * its request's body comes (RFC 9112 §9.6: closed now it would be reset, and the answer lost). */
struct connection {
    int descriptor;
    int64_t deadline; /* monotonic seconds */
    bool answered;
};

struct connections {
    struct connection list[MAX_CONNECTIONS];
    size_t count;
};

bool control_init(struct control *control)
{
    int pair[2];
    control->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (control->wake < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return false;
    control->handover_send = pair[0];
    control->handover_receive = pair[1];
    atomic_store(&control->shared->asleep, true);
    return true;
}

void control_notice(const struct control *control)
{
    atomic_fetch_add_explicit(&control->shared->taken, 1, memory_order_relaxed);
    /* The caller has just marked itself busy; control_run marks itself asleep, then looks for busy
     * workers. One of the two sees the other. */
    atomic_thread_fence(memory_order_seq_cst);
    if (!atomic_load_explicit(&control->shared->asleep, memory_order_relaxed))
        return;
    if (atomic_exchange(&control->shared->asleep, false))
        eventfd_write(control->wake, 1);
}

void control_forget(struct control *control)
{
    for (size_t i = 0; i < control->listener_count; i++)
        close(control->listeners[i]);
    control->listener_count = 0;
}

union descriptor_message {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

bool control_hand_over(const struct control *control, int descriptor)
{
    if (atomic_load(&control->shared->queued) >= CONTROL_QUEUE_LIMIT)
        return false;
    char nothing = 0;
    struct iovec data = {&nothing, 1};
    union descriptor_message space = {0};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));

    atomic_fetch_add(&control->shared->queued, 1);
    if (sendmsg(control->handover_send, &message, MSG_NOSIGNAL) == 1)
        return true;
    atomic_fetch_sub(&control->shared->queued, 1);
    return false;
}

static enum control_taken look_at(int descriptor)
{
    struct pollfd client = {.fd = descriptor, .events = POLLIN | POLLRDHUP};
    int ready = poll(&client, 1, 0);
    if (ready == 0)
        return CONTROL_TOOK_IDLE;
    if (ready > 0 && client.revents == POLLIN)
        return CONTROL_TOOK_REQUEST;
    /* Nobody waits for this answer any more: do not run the script. */
    char byte;
    bool waited = recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
    close(descriptor);
    return waited ? CONTROL_TOOK_ABORTED : CONTROL_TOOK_NOTHING;
}

enum control_taken control_take(const struct control *control, int *descriptor)
{
    char nothing;
    struct iovec data = {&nothing, 1};
    union descriptor_message space;
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = space.bytes,
                             .msg_controllen = sizeof(space.bytes)};
    if (recvmsg(control->handover_receive, &message, MSG_CMSG_CLOEXEC) != 1)
        return CONTROL_TOOK_NOTHING;
    atomic_fetch_sub(&control->shared->queued, 1);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS)
        return CONTROL_TOOK_NOTHING;
    memcpy(descriptor, CMSG_DATA(header), sizeof(int));
    return look_at(*descriptor);
}

/* What an answer needs to know of the request that was peeked at. */
struct peeked {
    int descriptor;
    bool head_only; /* HEAD */
    char request_id[REQUEST_ID_CAPACITY];
};

static void answer(const struct peeked *request, int status, const char *reason,
                   const char *headers, const char *content_type, const char *body)
{
    const struct direct_answer answer = {
        .status = status,
        .reason = reason,
        .headers = headers,
        .content_type = content_type,
        .request_id = request->request_id,
        .body = body,
        .head_only = request->head_only,
    };
    direct_send(request->descriptor, &answer, 0); /* small enough for any socket buffer */
}

static void answer_problem(const struct peeked *request, enum problem_kind kind, const char *reason,
                           const char *headers, const char *detail)
{
    size_t length;
    char *body = problem_encode(kind, detail, request->request_id, &length);
    answer(request, problem_status(kind), reason, headers, PROBLEM_MEDIA_TYPE, body ? body : "{}");
    free(body);
}

/* The slice of the n-th word (from 0) of a request line. */
static struct slice word(struct slice line, int n)
{
    const char *at = line.data, *end = line.data + line.length;
    for (; n > 0 && at < end; n--) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        at = space ? space + 1 : end;
    }
    const char *space = memchr(at, ' ', (size_t)(end - at));
    return (struct slice){at, (size_t)((space ? space : end) - at)};
}

static void answer_information(const struct peeked *request, enum route route)
{
    struct information information;
    if (information_make(route, &information))
        answer(request, 200, "OK", "", information.content_type, information.text);
    free(information.text);
}

/*
 * Decides by the request line, which is only peeked at. Everything but plain requests for
 * information is a worker's to answer. False where nothing more is to be done with the connection.
 */
static bool dispatch(struct control *control, int descriptor, struct slice head)
{
    const char *newline = memchr(head.data, '\n', head.length);
    struct slice line = {head.data, newline ? (size_t)(newline - head.data) : head.length};
    size_t after = newline ? line.length + 1 : line.length;
    struct slice fields = {head.data + after, head.length - after};
    struct slice method = word(line, 0), path = word(line, 1);
    const char *query = memchr(path.data, '?', path.length);
    if (query)
        path.length = (size_t)(query - path.data);

    struct peeked request = {.descriptor = descriptor, .head_only = slice_equals(method, "HEAD")};
    struct slice sent = header_field(fields, REQUEST_ID_HEADER);
    request_id_choose(request.request_id, sent.data, sent.length);
    const char *allow;
    enum route route = route_find(method, path, &allow);
    if (route == ROUTE_INFO || route == ROUTE_HEALTHZ || route == ROUTE_METRICS)
        answer_information(&request, route);
    else if (!control_hand_over(control, descriptor)) {
        answer_problem(&request, PROBLEM_UNAVAILABLE, "Service Unavailable", "Retry-After: 1\r\n",
                       "every worker is busy and the queue is full");
        return true;
    }
    return false;
}

/* True at the connection's end. */
static bool drain(int descriptor)
{
    static char sink[65536];
    ssize_t got = 1;
    for (int i = 0; i < DRAIN_READS && got > 0; i++)
        got = recv(descriptor, sink, sizeof(sink), MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* A request for information is answered when its head is whole; for others the line is enough. */
static bool is_enough(struct slice head)
{
    bool has_line = memchr(head.data, '\n', head.length) != NULL;
    bool is_whole = memmem(head.data, head.length, "\r\n\r\n", 4) != NULL;
    bool is_post = head.length >= 5 && memcmp(head.data, "POST ", 5) == 0;
    return is_whole || (has_line && is_post) || head.length == HEAD_CAPACITY;
}

/* True where the connection is dealt with. */
static bool read_connection(struct control *control, struct connection *connection)
{
    if (connection->answered)
        return drain(connection->descriptor);
    char head[HEAD_CAPACITY];
    ssize_t got = recv(connection->descriptor, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got <= 0)
        return true;
    struct slice so_far = {head, (size_t)got};
    if (!is_enough(so_far))
        return false; /* the rest of it comes */
    connection->answered = dispatch(control, connection->descriptor, so_far);
    return !connection->answered;
}

static void accept_all(struct control *control, struct connections *connections)
{
    for (size_t i = 0; i < control->listener_count; i++) {
        while (connections->count < MAX_CONNECTIONS) {
            int descriptor =
                accept4(control->listeners[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0)
                break;
            connections->list[connections->count++] =
                (struct connection){descriptor, monotonic_seconds() + PATIENCE_SECONDS, false};
        }
    }
}

static void serve_connections(struct control *control, struct connections *connections)
{
    int64_t now = connections->count > 0 ? monotonic_seconds() : 0;
    size_t kept = 0;
    for (size_t i = 0; i < connections->count; i++) {
        struct connection connection = connections->list[i];
        if (read_connection(control, &connection) || now > connection.deadline)
            close(connection.descriptor);
        else
            connections->list[kept++] = connection;
    }
    connections->count = kept;
}

/*
 * True after a while without requests. Not at once: waking it up costs a worker a system call, and
 * steady load should not pay that for each request.
 */
static bool is_quiet(const struct control *control, const struct connections *connections)
{
    static unsigned last_taken, quiet_ticks;
    unsigned taken = atomic_load(&control->shared->taken);
    if (taken != last_taken || connections->count > 0 || control->any_busy())
        quiet_ticks = 0;
    last_taken = taken;
    return quiet_ticks++ >= QUIET_TICKS;
}

/*
 * Sleeps for good while the engine is quiet; the next request wakes it. Otherwise a tick, cut short
 * by a new connection where all workers are busy. A head that comes in pieces is looked at once a
 * tick: readable sockets are not waited for, as peeking leaves them readable.
 */
static void wait_for_work(struct control *control, const struct connections *connections,
                          bool accepting)
{
    struct pollfd wait[1 + CONTROL_MAX_LISTENERS] = {{.fd = control->wake, .events = POLLIN}};
    nfds_t count = 1;
    for (size_t i = 0; accepting && i < control->listener_count; i++)
        wait[count++] = (struct pollfd){.fd = control->listeners[i], .events = POLLIN};

    int timeout = TICK_MILLISECONDS;
    if (is_quiet(control, connections)) {
        atomic_store(&control->shared->asleep, true);
        atomic_thread_fence(memory_order_seq_cst);
        /* A request may have begun before it could see that this process sleeps. */
        if (!control->any_busy())
            timeout = -1;
    }
    eventfd_t wakes;
    if (poll(wait, count, timeout) > 0 && (wait[0].revents & POLLIN) != 0)
        eventfd_read(control->wake, &wakes);
    atomic_store(&control->shared->asleep, false);
}

void control_finish(struct control *control)
{
    atomic_store(&control->finishing, true);
    eventfd_write(control->wake, 1);
}

void control_run(struct control *control)
{
    static struct connections connections;
    while (!atomic_load(&control->finishing)) {
        if (control->any_busy())
            control->tick();
        bool accepting = control->all_busy() && connections.count < MAX_CONNECTIONS;
        if (accepting)
            accept_all(control, &connections);
        serve_connections(control, &connections);
        wait_for_work(control, &connections, accepting);
    }
    for (size_t i = 0; i < connections.count; i++) {
        if (!connections.list[i].answered)
            control_hand_over(control, connections.list[i].descriptor);
    }
}
