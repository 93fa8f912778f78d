#include "listener.h"

#include <stdlib.h>
#include <unistd.h>

#include "linger.h"
#include "outgoing.h"
#include "room.h"
#include "stream.h"
#include "upload.h"
#include "uwsgi_api.h"

#define ACCEPT_BATCH 16

static const struct connection_user *user; /* of all connections */

static struct connection *of_source(struct source *source)
{
    return (struct connection *)(void *)((char *)source - offsetof(struct connection, source));
}

/* A connection has been in its state for too long. */
static void time_has_passed(struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_BODY:
        upload_stalled(connection);
        break;
    case CONNECTION_ANSWERING:
        outgoing_stalled(connection);
        break;
    case CONNECTION_BLOCKED:
        connection->user->left(connection);
        connection_close(connection);
        break;
    default: /* it waits for nothing */
        connection_close(connection);
        break;
    }
}

void listener_set_up(const struct connection_user *requests_user, int patience)
{
    user = requests_user;
    room_set_up();
    connections_set_up(patience, time_has_passed);
}

/* Events */

/* How the connection goes on after an answer that comes before the body is read. */
static enum after_answer after_head(const struct request_head *head)
{
    if (head->framing != FRAMING_LENGTH || head->length > 0)
        return AFTER_LINGER;
    return head->keep_alive ? AFTER_NEXT : AFTER_CLOSE;
}

static void take_head(struct connection *connection, enum head_status status,
                      const struct request_head *head)
{
    struct head_reader *reader = connection->reader; /* the head's slices point into it */
    connection->reader = NULL;
    connection->after = status == HEAD_WHOLE ? after_head(head) : AFTER_LINGER;
    connection_enter(connection, CONNECTION_WAITING);
    if (status == HEAD_WHOLE)
        connection->user->head(connection, head);
    else
        connection->user->malformed(connection, status);
    head_reader_give_back(reader);
}

static void read_head(struct connection *connection)
{
    struct request_head head;
    if (connection->state != CONNECTION_HEAD)
        connection->reader = head_reader_take(connection->source.descriptor, connection->socket,
                                              &connection->client, connection->client_length);
    enum head_status status =
        connection->reader ? head_reader_read(connection->reader, &head) : HEAD_END;
    if (status == HEAD_END)
        connection_close(connection);
    else if (status != HEAD_MORE)
        take_head(connection, status, &head);
    else if (connection->state != CONNECTION_HEAD)
        connection_enter(connection, CONNECTION_HEAD);
}

/* While somebody works on its request, only the client's end matters; bytes wait for their turn. */
static void note_end(struct connection *connection, bool left)
{
    if (!left && loop_watch(&connection->source, EPOLLRDHUP))
        return;
    connection->user->left(connection);
    connection_close(connection);
}

static void connection_ready(struct source *source, uint32_t events)
{
    struct connection *connection = of_source(source);
    bool left = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    switch (connection->state) {
    case CONNECTION_FRESH:
    case CONNECTION_IDLE:
    case CONNECTION_HEAD:
        if (events & EPOLLIN)
            read_head(connection);
        else if (left)
            connection_close(connection);
        break;
    case CONNECTION_BODY:
    case CONNECTION_PAUSED:
        upload_ready(connection, left);
        break;
    case CONNECTION_WAITING:
    case CONNECTION_STREAMING:
        note_end(connection, left);
        break;
    case CONNECTION_BLOCKED:
        if (left)
            note_end(connection, left);
        else
            stream_ready(connection);
        break;
    case CONNECTION_ANSWERING:
        outgoing_ready(connection);
        break;
    case CONNECTION_LINGERING:
        linger_ready(connection);
        break;
    case CONNECTION_NEW:
    case CONNECTION_CLOSED:
        break;
    }
}

static bool accept_one(struct uwsgi_socket *socket)
{
    room_for_one();
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return false;
    connection->client_length = sizeof(connection->client);
    int descriptor = accept4(socket->fd, (struct sockaddr *)&connection->client,
                             &connection->client_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    connection->source = (struct source){.descriptor = descriptor, .ready = connection_ready};
    connection->socket = socket;
    connection->user = user;
    connection->body.file = connection->answer_file = -1;
    if (descriptor < 0 || !loop_watch(&connection->source, EPOLLIN | EPOLLRDHUP)) {
        if (descriptor >= 0)
            close(descriptor);
        free(connection);
        return false;
    }
    connection_enter(connection, CONNECTION_FRESH);
    room_bound_share(connection);
    return true;
}

bool listener_accept(struct uwsgi_socket *socket)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        if (!accept_one(socket))
            return false;
    }
    return true;
}

void listener_pass_time(void)
{
    connections_pass_time();
    uploads_resume();
}
