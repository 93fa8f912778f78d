#include "upload.h"

#include <errno.h>
#include <sys/socket.h>

#include "message.h"

#define SECOND       INT64_C(1000000000) /* nanoseconds */
#define READ_PIECE   (512U << 10)
#define READ_TURN    (1U << 20)   /* bytes of one body in one turn of the loop */
#define BODIES_LIMIT (256U << 20) /* bytes of large bodies; beyond it only the oldest goes on */

static struct timeout_list large; /* connections whose large body comes; without a time */

struct body upload_take(struct connection *connection)
{
    struct body body = connection->body;
    connection->body = (struct body){.file = -1};
    return body;
}

/* How much of the request is still on the socket decides what becomes of the connection. */
static void end(struct connection *connection, enum body_status status, bool left)
{
    connection_enter(connection, CONNECTION_WAITING);
    timeout_stop(&connection->place);
    if (status == BODY_WHOLE && !body_seal(&connection->body))
        status = BODY_NO_MEMORY;
    if (status == BODY_SHORT)
        connection->after = AFTER_CLOSE;
    else if (status != BODY_WHOLE)
        connection->after = AFTER_LINGER;
    connection->is_chunked = false;
    connection->user->body(connection, status, left);
}

/* Bodies come before a worker is free for them, so all together they may only take so much. */
static bool has_to_wait(const struct connection *connection)
{
    return connection->body.file >= 0 && bodies_bytes() > BODIES_LIMIT &&
           large.oldest != &connection->place;
}

static void pause_body(struct connection *connection)
{
    connection_enter(connection, CONNECTION_PAUSED);
    loop_watch(&connection->source, EPOLLRDHUP);
}

static void begin_to_count(struct connection *connection)
{
    connection->body_since = loop_now();
    connection->body_from = connection->body.length;
}

/* Says whether the body comes so slowly that it can only be meant to block something. */
static bool drips(const struct connection *connection)
{
    uint64_t came = connection->body.length - connection->body_from;
    int64_t allowed = (BODY_TIME + (int64_t)(came / BODY_RATE)) * SECOND;
    return loop_now() - connection->body_since > allowed;
}

void uploads_resume(void)
{
    for (struct timeout *place = large.oldest; place; place = place->younger) {
        struct connection *connection =
            (struct connection *)(void *)((char *)place - offsetof(struct connection, place));
        if (has_to_wait(connection))
            return;
        if (connection->state != CONNECTION_PAUSED)
            continue;
        begin_to_count(connection);
        connection_enter(connection, CONNECTION_BODY);
        loop_watch(&connection->source, EPOLLIN | EPOLLRDHUP);
    }
}

/* Takes chunks apart. Bytes behind the last one come too early for a request, so the connection
 * ends. */
static void take_chunks(struct connection *connection, struct slice bytes)
{
    struct body *body = &connection->body;
    while (bytes.length > 0 && connection->chunked.state < CHUNKED_END) {
        struct slice content = chunked_take(&connection->chunked, &bytes);
        if (connection->body_limit > 0 && content.length > connection->body_limit - body->length)
            connection->chunks = CHUNKS_TOO_LARGE;
        else if (content.length > 0 && !body_add(body, content.data, content.length))
            connection->chunks = CHUNKS_NO_MEMORY;
        if (connection->chunks != CHUNKS_FIT)
            return;
    }
    if (bytes.length > 0)
        connection->after = AFTER_CLOSE;
}

static enum body_progress receive_chunks(struct connection *connection)
{
    static char bytes[65536];
    ssize_t got = recv(connection->source.descriptor, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return BODY_NOTHING_NOW;
    if (got <= 0)
        return BODY_END;
    take_chunks(connection, (struct slice){bytes, (size_t)got});
    return BODY_CAME;
}

/* True if there is nothing more to come. */
static bool chunks_are_over(struct connection *connection, bool left)
{
    static const enum body_status status_of[] = {[CHUNKS_FIT] = BODY_WHOLE,
                                                 [CHUNKS_TOO_LARGE] = BODY_TOO_LARGE,
                                                 [CHUNKS_NO_MEMORY] = BODY_NO_MEMORY};
    enum body_status status = connection->chunked.state == CHUNKED_MALFORMED
                                  ? BODY_MALFORMED
                                  : status_of[connection->chunks];
    if (status == BODY_WHOLE && connection->chunked.state != CHUNKED_END)
        return false;
    if (status == BODY_WHOLE)
        connection->body.expected = connection->body.length;
    end(connection, status, left);
    return true;
}

static enum body_progress receive(struct connection *connection)
{
    return connection->is_chunked
               ? receive_chunks(connection)
               : body_receive(&connection->body, connection->source.descriptor, READ_PIECE);
}

static bool may_go_on(const struct connection *connection)
{
    if (connection->is_chunked)
        return connection->chunked.state < CHUNKED_END && connection->chunks == CHUNKS_FIT;
    return connection->body.length < connection->body.expected;
}

void upload_ready(struct connection *connection, bool left)
{
    if (has_to_wait(connection) && !left) {
        pause_body(connection);
        return;
    }
    struct body *body = &connection->body;
    uint64_t before = body->length;
    enum body_progress progress = BODY_CAME;
    while (progress == BODY_CAME && may_go_on(connection) && body->length - before < READ_TURN)
        progress = receive(connection);
    if (connection->is_chunked && chunks_are_over(connection, left))
        return;
    if (progress == BODY_END || progress == BODY_FULL) {
        end(connection, progress == BODY_END ? BODY_SHORT : BODY_NO_MEMORY, left);
        return;
    }
    if (body->length == body->expected)
        end(connection, BODY_WHOLE, left);
    else if (drips(connection))
        end(connection, BODY_SLOW, left);
    else if (body->length > before)
        connection_enter(connection, CONNECTION_BODY);
}

void upload_stalled(struct connection *connection)
{
    end(connection, BODY_STALLED, false);
}

/* A chunked body lies in a file, because nobody knows how large it becomes. */
static void begin_chunked(struct connection *connection, const struct request_head *head,
                          uint64_t limit)
{
    connection->is_chunked = true;
    connection->chunked = (struct chunked){0};
    connection->chunks = CHUNKS_FIT;
    connection->body_limit = limit;
    connection->after = head->keeps_connection ? AFTER_NEXT : AFTER_CLOSE;
    connection_enter(connection, CONNECTION_BODY);
    begin_to_count(connection);
    timeout_start(&large, &connection->place, loop_now());
    if (!body_make(&connection->body, UINT64_MAX)) {
        end(connection, BODY_NO_MEMORY, false);
        return;
    }
    take_chunks(connection, head->rest);
    if (!chunks_are_over(connection, false))
        upload_ready(connection, false);
}

void upload_begin(struct connection *connection, const struct request_head *head, uint64_t limit)
{
    if (head->framing == FRAMING_CHUNKED) {
        begin_chunked(connection, head, limit);
        return;
    }
    struct body *body = &connection->body;
    size_t with_head = head->rest.length;
    if (with_head > head->length)
        with_head = (size_t)head->length;
    connection->after = head->keep_alive ? AFTER_NEXT : AFTER_CLOSE; /* once it is whole */
    connection_enter(connection, CONNECTION_BODY);
    begin_to_count(connection);
    if (head->length > MESSAGE_INLINE)
        timeout_start(&large, &connection->place, loop_now());
    if (!body_make(body, head->length) ||
        (with_head > 0 && !body_add(body, head->rest.data, with_head)))
        end(connection, BODY_NO_MEMORY, false);
    else if (body->length == body->expected)
        end(connection, BODY_WHOLE, false);
    else
        upload_ready(connection, false);
}

void upload_invite(struct connection *connection)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    /* If the client's socket has no room for this, the client does not wait for it. */
    if (send(connection->source.descriptor, text, sizeof(text) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) <
        0)
        return;
}
