#include "test.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "log.h"

struct heard heard;

/* Stand in for request.c and log.c, which need uWSGI. */
void head_reader_give_back(struct head_reader *reader)
{
    assert_null(reader);
}

void log_line(const char *format, ...)
{
    (void)format;
}

static void note_body(struct connection *connection, enum body_status status, bool left)
{
    (void)connection;
    (void)left;
    heard.body++;
    heard.status = status;
}

static void note_drained(struct connection *connection)
{
    (void)connection;
    heard.drained++;
}

static void note_left(struct connection *connection)
{
    (void)connection;
    heard.left++;
}

static void note_answered(struct connection *connection)
{
    (void)connection;
    heard.answered++;
}

static void note_due(struct connection *connection)
{
    (void)connection;
    heard.due++;
}

static const struct connection_user user = {
    .body = note_body, .drained = note_drained, .left = note_left, .answered = note_answered};

static void nothing_ready(struct source *source, uint32_t events)
{
    (void)source;
    (void)events;
}

void clients_set_up(void)
{
    assert_true(loop_create());
    connections_set_up(CLIENT_PATIENCE, note_due);
}

struct client client_connect(unsigned host)
{
    int ends[2];
    memset(&heard, 0, sizeof(heard));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    struct connection *connection = calloc(1, sizeof(*connection));
    assert_non_null(connection);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(0x0a000000 + host)};
    memcpy(&connection->client, &address, sizeof(address));
    connection->client_length = sizeof(address);
    connection->source = (struct source){.descriptor = ends[0], .ready = nothing_ready};
    connection->user = &user;
    connection->body.file = connection->answer_file = -1;
    assert_true(loop_watch(&connection->source, EPOLLIN | EPOLLRDHUP));
    connection_enter(connection, CONNECTION_FRESH);
    return (struct client){connection, ends[1]};
}

void client_has_asked(const struct client *client)
{
    connection_enter(client->connection, CONNECTION_WAITING);
}

ssize_t client_read(const struct client *client, char *into, size_t capacity)
{
    return recv(client->end, into, capacity, MSG_DONTWAIT);
}

void client_leave(struct client *client)
{
    if (client->connection->state != CONNECTION_CLOSED)
        connection_close(client->connection);
    close(client->end);
}
