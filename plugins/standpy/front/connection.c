#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "log.h"
#include "message.h"
#include "uwsgi_api.h"

#define SECOND        INT64_C(1000000000) /* nanoseconds */
#define IDLE_LIMIT    512                 /* connections that nobody uses; the oldest goes first */
#define RESERVE       256 /* descriptors that are not for connections: runners, bodies, results */
#define HEAD_TIME     (10 * SECOND) /* in which a head has to come */
#define DRAIN_TIME    (10 * SECOND) /* for what nobody reads, and for its next byte */
#define DRAIN_REST    SECOND
#define LAST_WAIT     (SECOND / 5) /* for a last request on connections that are kept */
#define SEND_PATIENCE 6            /* times connections_patience() */
#define ACCEPT_BATCH  16
#define READ_PIECE    (512U << 10)
#define BODIES_LIMIT  (256U << 20) /* bytes of large bodies, beyond which the oldest goes first */
#define SILENT_SHARE  4            /* of all connections may be silent ones of one address */
#define READ_TURN     (1U << 20)   /* bytes of one body in one turn of the loop */

static void first_wait_passed(struct timeout *timeout);
static void stalled(struct timeout *timeout);

/* The lists by what a connection waits for; each has one duration. */
static struct {
    const struct connection_user *user;
    int patience;
    struct timeout_list fresh; /* nothing has come of the first request */
    struct timeout_list idle;  /* kept between requests */
    struct timeout_list head, body, answer, drain;
    struct silent_set silent;
    int64_t told_of_silent;    /* nanoseconds: when the log was told last that some were closed */
    struct timeout_list large; /* no time: those whose large body comes */
    size_t idle_count, count, limit;
    int64_t finish_at; /* 0: the front goes on */
} connections = {
    .fresh = {.duration = HEAD_TIME, .passed = first_wait_passed},
    .idle = {.passed = first_wait_passed},
    .head = {.duration = HEAD_TIME, .passed = first_wait_passed},
    .body = {.passed = stalled},
    .answer = {.passed = stalled},
    .drain = {.duration = DRAIN_REST, .passed = first_wait_passed},
};

static struct connection *of_timeout(struct timeout *timeout)
{
    return (struct connection *)(void *)((char *)timeout - offsetof(struct connection, timeout));
}

static struct connection *of_source(struct source *source)
{
    return (struct connection *)(void *)((char *)source - offsetof(struct connection, source));
}

/* As many as the process may have descriptors, half of which are for what belongs to a request. */
static size_t choose_limit(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    size_t descriptors = limit.rlim_cur < 65536 ? (size_t)limit.rlim_cur : 65536;
    return descriptors > 2 * RESERVE ? (descriptors - RESERVE) / 2 : descriptors / 2;
}

void connections_set_up(const struct connection_user *user, int patience)
{
    connections.limit = choose_limit();
    connections.user = user;
    connections.patience = patience;
    connections.body.duration = patience * SECOND;
    connections.answer.duration = patience * SEND_PATIENCE * SECOND;
}

int connections_patience(void)
{
    return connections.patience;
}

/* The one setter of a state. */
static void enter(struct connection *connection, enum connection_state state,
                  struct timeout_list *list)
{
    if (connection->state == CONNECTION_IDLE && state != CONNECTION_IDLE)
        connections.idle_count--;
    if (connection->state != CONNECTION_IDLE && state == CONNECTION_IDLE)
        connections.idle_count++;
    connection->state = state;
    if (state == CONNECTION_HEAD || list == &connections.fresh)
        silent_add(&connections.silent, &connection->silent,
                   (const struct sockaddr *)(const void *)&connection->client);
    else
        silent_remove(&connections.silent, &connection->silent);
    if (list)
        timeout_start(list, &connection->timeout, loop_now());
    else
        timeout_stop(&connection->timeout);
}

struct body connection_take_body(struct connection *connection)
{
    struct body body = connection->body;
    connection->body = (struct body){.file = -1};
    return body;
}

static void drop_answer(struct connection *connection)
{
    free(connection->unsent);
    connection->unsent = NULL;
    connection->unsent_length = connection->unsent_sent = 0;
    if (connection->answer_file >= 0)
        close(connection->answer_file);
    connection->answer_file = -1;
    connection->file_length = connection->file_sent = 0;
}

static void close_connection(struct connection *connection)
{
    enter(connection, CONNECTION_CLOSED, NULL);
    timeout_stop(&connection->place);
    head_reader_give_back(connection->reader);
    connection->reader = NULL;
    body_free(&connection->body);
    drop_answer(connection);
    loop_forget(&connection->source);
    close(connection->source.descriptor);
    connections.count--;
    loop_free(connection);
}

static void first_wait_passed(struct timeout *timeout)
{
    close_connection(of_timeout(timeout));
}

/* Bodies */

static void body_ended(struct connection *connection, enum body_status status, bool left)
{
    enter(connection, CONNECTION_WAITING, NULL);
    timeout_stop(&connection->place);
    if (status == BODY_WHOLE && !body_seal(&connection->body))
        status = BODY_NO_MEMORY;
    connections.user->body(connection, status, left);
}

/* Bytes, 0 at the end (a reset is one), -1 if there is nothing now. */
static ssize_t receive(struct connection *connection, char *into, size_t capacity)
{
    for (;;) {
        ssize_t got = recv(connection->source.descriptor, into, capacity, MSG_DONTWAIT);
        if (got >= 0)
            return got;
        if (errno == EINTR)
            continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
    }
}

/* Bodies come before there is a worker for them; what they may take all together is bounded. */
static bool has_to_wait(const struct connection *connection)
{
    return connection->body.file >= 0 && bodies_bytes() > BODIES_LIMIT &&
           connections.large.oldest != &connection->place;
}

static void pause_body(struct connection *connection)
{
    connection->paused = true;
    enter(connection, CONNECTION_BODY, NULL);
    loop_watch(&connection->source, EPOLLRDHUP);
}

static void begin_to_count(struct connection *connection)
{
    connection->body_since = loop_now();
    connection->body_from = connection->body.length;
}

/* Comes so slowly that it can only be meant to hold something. */
static bool drips(const struct connection *connection)
{
    uint64_t came = connection->body.length - connection->body_from;
    int64_t allowed = (BODY_TIME + (int64_t)(came / BODY_RATE)) * SECOND;
    return loop_now() - connection->body_since > allowed;
}

static void resume_bodies(void)
{
    for (struct timeout *place = connections.large.oldest; place; place = place->younger) {
        struct connection *connection =
            (struct connection *)(void *)((char *)place - offsetof(struct connection, place));
        if (has_to_wait(connection))
            return;
        if (!connection->paused)
            continue;
        connection->paused = false;
        begin_to_count(connection);
        enter(connection, CONNECTION_BODY, &connections.body);
        loop_watch(&connection->source, EPOLLIN | EPOLLRDHUP);
    }
}

static void read_body(struct connection *connection, bool left)
{
    if (has_to_wait(connection) && !left) {
        pause_body(connection);
        return;
    }
    struct body *body = &connection->body;
    uint64_t before = body->length;
    enum body_progress progress = BODY_CAME;
    while (progress == BODY_CAME && body->length < body->expected &&
           body->length - before < READ_TURN)
        progress = body_receive(body, connection->source.descriptor, READ_PIECE);
    if (progress == BODY_END || progress == BODY_FULL) {
        body_ended(connection, progress == BODY_END ? BODY_SHORT : BODY_NO_MEMORY, left);
        return;
    }
    if (body->length == body->expected)
        body_ended(connection, BODY_WHOLE, left);
    else if (drips(connection))
        body_ended(connection, BODY_SLOW, left);
    else if (body->length > before)
        enter(connection, CONNECTION_BODY, &connections.body);
}

void connection_read_body(struct connection *connection, const struct request_head *head)
{
    struct body *body = &connection->body;
    size_t with_head = head->rest.length;
    if (with_head > head->length)
        with_head = (size_t)head->length;
    enter(connection, CONNECTION_BODY, &connections.body);
    connection->paused = false;
    begin_to_count(connection);
    if (head->length > MESSAGE_INLINE)
        timeout_start(&connections.large, &connection->place, loop_now());
    if (!body_make(body, head->length) ||
        (with_head > 0 && !body_add(body, head->rest.data, with_head)))
        body_ended(connection, BODY_NO_MEMORY, false);
    else if (body->length == body->expected)
        body_ended(connection, BODY_WHOLE, false);
    else
        read_body(connection, false);
}

void connection_continue(struct connection *connection)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    /* A client whose socket has no room for that is not waiting for it. */
    if (send(connection->source.descriptor, text, sizeof(text) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) <
        0)
        return;
}

/* Answers */

static void shutdown_and_drain(struct connection *connection)
{
    if (shutdown(connection->source.descriptor, SHUT_WR) != 0) {
        close_connection(connection);
        return;
    }
    connection->drain_until = loop_now() + DRAIN_TIME;
    enter(connection, CONNECTION_DRAINING, &connections.drain);
    if (!loop_watch(&connection->source, EPOLLIN))
        close_connection(connection);
}

static void make_room(void)
{
    if (connections.idle_count > IDLE_LIMIT && connections.idle.oldest)
        close_connection(of_timeout(connections.idle.oldest));
}

static void answer_ended(struct connection *connection, bool whole)
{
    drop_answer(connection);
    body_free(&connection->body);
    connections.user->answered(connection, whole);
    if (!whole) {
        close_connection(connection);
    } else if (connection->unread) {
        shutdown_and_drain(connection);
    } else if (!connection->keep) {
        close_connection(connection);
    } else {
        enter(connection, CONNECTION_IDLE, &connections.idle);
        make_room();
        if (connection->state == CONNECTION_IDLE &&
            !loop_watch(&connection->source, EPOLLIN | EPOLLRDHUP))
            close_connection(connection);
    }
}

enum sent { SENT_ALL, SENT_SOME, SENT_NOTHING_MORE };

static bool is_full(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

static enum sent send_rest(struct connection *connection)
{
    int descriptor = connection->source.descriptor;
    while (connection->unsent_sent < connection->unsent_length) {
        int more = connection->file_length > 0 ? MSG_MORE : 0;
        ssize_t sent = send(descriptor, connection->unsent + connection->unsent_sent,
                            connection->unsent_length - connection->unsent_sent,
                            MSG_NOSIGNAL | MSG_DONTWAIT | more);
        if (sent < 0)
            return is_full() ? SENT_SOME : SENT_NOTHING_MORE;
        connection->unsent_sent += (size_t)sent;
    }
    while (connection->file_sent < connection->file_length) {
        off_t at = (off_t)connection->file_sent;
        ssize_t sent = sendfile(descriptor, connection->answer_file, &at,
                                (size_t)(connection->file_length - connection->file_sent));
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return sent < 0 && is_full() ? SENT_SOME : SENT_NOTHING_MORE;
        connection->file_sent += (uint64_t)sent;
    }
    return SENT_ALL;
}

static void go_on_answering(struct connection *connection)
{
    uint64_t before = connection->unsent_sent + connection->file_sent;
    enum sent sent = send_rest(connection);
    if (sent != SENT_SOME)
        answer_ended(connection, sent == SENT_ALL);
    else if (connection->unsent_sent + connection->file_sent > before)
        enter(connection, CONNECTION_ANSWERING, &connections.answer);
}

/* The usual: all of it in one call, without a copy. Returns how many bytes went; -1: none will. */
static ssize_t send_at_once(struct connection *connection, const struct outgoing *answer)
{
    struct iovec pieces[2] = {
        {(char *)(uintptr_t)answer->head.data, answer->head.length},
        {(char *)(uintptr_t)answer->body.data, answer->body.length},
    };
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = answer->body.length > 0 ? 2 : 1};
    int more = answer->file >= 0 ? MSG_MORE : 0;
    ssize_t sent =
        sendmsg(connection->source.descriptor, &message, MSG_NOSIGNAL | MSG_DONTWAIT | more);
    return sent < 0 && is_full() ? 0 : sent;
}

/* Keeps what was not sent. False if there is no memory. */
static bool keep_unsent(struct connection *connection, const struct outgoing *answer, size_t sent)
{
    size_t length = answer->head.length + answer->body.length;
    if (sent == length)
        return true;
    connection->unsent = malloc(length);
    if (!connection->unsent)
        return false;
    memcpy(connection->unsent, answer->head.data, answer->head.length);
    if (answer->body.length > 0)
        memcpy(connection->unsent + answer->head.length, answer->body.data, answer->body.length);
    connection->unsent_length = length;
    connection->unsent_sent = sent;
    return true;
}

void connection_answer(struct connection *connection, const struct outgoing *answer)
{
    connection->keep = answer->keep;
    connection->unread = answer->unread;
    connection->answer_file = answer->file;
    connection->file_length = answer->file >= 0 ? answer->file_length : 0;
    enter(connection, CONNECTION_ANSWERING, &connections.answer);
    ssize_t sent = send_at_once(connection, answer);
    if (sent < 0 || !keep_unsent(connection, answer, (size_t)sent)) {
        answer_ended(connection, false);
        return;
    }
    enum sent state = send_rest(connection);
    if (state != SENT_SOME)
        answer_ended(connection, state == SENT_ALL);
    else if (!loop_watch(&connection->source, EPOLLOUT))
        answer_ended(connection, false);
}

static void stalled(struct timeout *timeout)
{
    struct connection *connection = of_timeout(timeout);
    if (connection->state == CONNECTION_BODY)
        body_ended(connection, BODY_STALLED, false);
    else
        answer_ended(connection, false);
}

/* Events */

static void read_head(struct connection *connection)
{
    if (connection->state == CONNECTION_IDLE) {
        connection->reader = head_reader_take(connection->source.descriptor, connection->socket,
                                              &connection->client, connection->client_length);
        if (!connection->reader) {
            close_connection(connection);
            return;
        }
        struct timeout_list *list = &connections.head;
        enter(connection, CONNECTION_HEAD, list);
    }
    struct request_head head;
    enum head_status status = head_reader_read(connection->reader, &head);
    if (status == HEAD_MORE)
        return;
    if (status == HEAD_END) {
        close_connection(connection);
        return;
    }
    struct head_reader *reader = connection->reader; /* the slices of the head lie in it */
    connection->reader = NULL;
    enter(connection, CONNECTION_WAITING, NULL);
    if (status == HEAD_WHOLE)
        connections.user->head(connection, &head);
    else
        connections.user->malformed(connection, status);
    head_reader_give_back(reader);
}

static void drain(struct connection *connection)
{
    static char sink[65536];
    ssize_t got = receive(connection, sink, sizeof(sink));
    if (got == 0 || loop_now() >= connection->drain_until)
        close_connection(connection);
    else if (got > 0)
        enter(connection, CONNECTION_DRAINING, &connections.drain);
}

/* While its request is elsewhere only the client's end matters; bytes wait for their turn. */
static void note_end(struct connection *connection, uint32_t events)
{
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        connections.user->left(connection);
        close_connection(connection);
    } else if (!loop_watch(&connection->source, EPOLLRDHUP)) {
        connections.user->left(connection);
        close_connection(connection);
    }
}

static void connection_ready(struct source *source, uint32_t events)
{
    struct connection *connection = of_source(source);
    bool left = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    switch (connection->state) {
    case CONNECTION_IDLE:
    case CONNECTION_HEAD:
        if (events & EPOLLIN)
            read_head(connection);
        else if (left)
            close_connection(connection);
        break;
    case CONNECTION_BODY:
        read_body(connection, left);
        break;
    case CONNECTION_WAITING:
        note_end(connection, events);
        break;
    case CONNECTION_ANSWERING:
        go_on_answering(connection);
        break;
    case CONNECTION_DRAINING:
        drain(connection);
        break;
    case CONNECTION_CLOSED:
        break;
    }
}

static void close_silent(struct silent_member *member)
{
    if (connections.told_of_silent == 0 || loop_now() - connections.told_of_silent > SECOND) {
        log_line("%zu connections have sent no request: the oldest is closed, others come",
                 connections.silent.count);
        connections.told_of_silent = loop_now();
    }
    close_connection(
        (struct connection *)(void *)((char *)member - offsetof(struct connection, silent)));
}

/* The one of which no byte has come for longest. */
static void give_body_up(struct connection *connection)
{
    connections.user->left(connection);
    close_connection(connection);
}

/*
 * Whoever has been silent for longest goes first; one who is alone in that may just have come. Of
 * those that are kept a router may want the next in this moment, so they come last.
 */
static void make_room_for_one(void)
{
    if (connections.silent.count > 1)
        close_silent(connections.silent.oldest);
    else if (connections.idle.oldest)
        close_connection(of_timeout(connections.idle.oldest));
    else if (connections.drain.oldest)
        close_connection(of_timeout(connections.drain.oldest));
    else if (connections.body.oldest)
        give_body_up(of_timeout(connections.body.oldest));
}

/* One address must not keep all others out. */
static void bound_its_share(const struct connection *connection)
{
    size_t share = connections.limit / SILENT_SHARE;
    struct silent_member *excess = silent_excess(&connection->silent, share > 8 ? share : 8);
    if (excess)
        close_silent(excess);
}

static bool accept_one(struct uwsgi_socket *socket)
{
    if (connections.count >= connections.limit)
        make_room_for_one();
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return false;
    connection->client_length = sizeof(connection->client);
    int descriptor = accept4(socket->fd, (struct sockaddr *)&connection->client,
                             &connection->client_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    connection->source = (struct source){.descriptor = descriptor, .ready = connection_ready};
    connection->socket = socket;
    connection->body.file = connection->answer_file = -1;
    if (descriptor < 0 || !loop_watch(&connection->source, EPOLLIN | EPOLLRDHUP)) {
        if (descriptor >= 0)
            close(descriptor);
        free(connection);
        return false;
    }
    connections.count++;
    connections.idle_count++; /* CONNECTION_IDLE is how it begins */
    enter(connection, CONNECTION_IDLE, &connections.fresh);
    bound_its_share(connection);
    return true;
}

bool connections_accept(struct uwsgi_socket *socket)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        if (!accept_one(socket))
            return false;
    }
    return true;
}

/* Time */

static struct timeout_list *const lists[] = {&connections.fresh, &connections.head,
                                             &connections.body, &connections.answer,
                                             &connections.drain};

#define LISTS (sizeof(lists) / sizeof(*lists))

int64_t connections_next_timeout(void)
{
    int64_t next = connections.finish_at > loop_now() ? connections.finish_at : TIMEOUT_NEVER;
    for (size_t i = 0; i < LISTS; i++) {
        int64_t due = timeouts_next(lists[i]);
        next = due < next ? due : next;
    }
    return next;
}

void connections_pass_time(void)
{
    for (size_t i = 0; i < LISTS; i++)
        timeouts_pass(lists[i], loop_now());
    resume_bodies();
}

static void close_all(struct timeout_list *list)
{
    while (list->oldest)
        close_connection(of_timeout(list->oldest));
}

void connections_finish(void)
{
    /* A client in full swing sends its next request before it can know; the answer tells it. */
    connections.finish_at = loop_now() + LAST_WAIT;
}

bool connections_are_finishing(void)
{
    return connections.finish_at != 0;
}

bool connections_are_left(void)
{
    if (connections.finish_at != 0 && loop_now() >= connections.finish_at) {
        close_all(&connections.idle);
        close_all(&connections.fresh);
    }
    return connections.count > 0;
}
