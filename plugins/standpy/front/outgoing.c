#include "outgoing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>

#include "linger.h"
#include "room.h"

static void end(struct connection *connection, bool whole)
{
    connection_drop_answer(connection);
    body_free(&connection->body);
    connection->user->answered(connection);
    if (!whole) {
        connection_close(connection);
        return;
    }
    switch (connection->after) {
    case AFTER_NEXT:
        connection_enter(connection, CONNECTION_IDLE);
        room_bound_idle();
        if (connection->state == CONNECTION_IDLE &&
            !loop_watch(&connection->source, EPOLLIN | EPOLLRDHUP))
            connection_close(connection);
        break;
    case AFTER_CLOSE:
        connection_close(connection);
        break;
    case AFTER_LINGER:
        linger_begin(connection);
        break;
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

void outgoing_ready(struct connection *connection)
{
    uint64_t before = connection->unsent_sent + connection->file_sent;
    enum sent sent = send_rest(connection);
    if (sent != SENT_SOME)
        end(connection, sent == SENT_ALL);
    else if (connection->unsent_sent + connection->file_sent > before)
        connection_enter(connection, CONNECTION_ANSWERING);
}

/* The usual way: sends all of it in one call, without a copy. Returns how many bytes went; -1: none
 * ever will. */
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

/* Keeps the unsent rest. False if there is no memory. */
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

void outgoing_send(struct connection *connection, const struct outgoing *answer)
{
    if (connection->after == AFTER_NEXT && !connection_goes_on(connection))
        connection->after = AFTER_CLOSE;
    connection->answer_file = answer->file;
    connection->file_length = answer->file >= 0 ? answer->file_length : 0;
    connection_enter(connection, CONNECTION_ANSWERING);
    ssize_t sent = send_at_once(connection, answer);
    if (sent < 0 || !keep_unsent(connection, answer, (size_t)sent)) {
        end(connection, false);
        return;
    }
    enum sent state = send_rest(connection);
    if (state != SENT_SOME)
        end(connection, state == SENT_ALL);
    else if (!loop_watch(&connection->source, EPOLLOUT))
        end(connection, false);
}

void outgoing_stalled(struct connection *connection)
{
    end(connection, false);
}
