#include "upload.h"

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

void upload_ready(struct connection *connection, bool left)
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

void upload_begin(struct connection *connection, const struct request_head *head)
{
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
