#include "connection.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#define SECOND        INT64_C(1000000000) /* nanoseconds */
#define HEAD_TIME     (10 * SECOND)       /* within which a head has to come */
#define LINGER_REST   SECOND              /* within which the next unread byte has to come */
#define LAST_WAIT     (SECOND / 5)        /* for a last request on kept connections */
#define SEND_PATIENCE 6                   /* times connections_patience() */

static struct {
    int patience;
    void (*due)(struct connection *connection);
    struct timeout_list lists[CONNECTION_STATES]; /* used for states that wait for something */
    struct silent_set silent;
    size_t count, unused;
    size_t kept;       /* bytes of answers that are being made */
    int64_t finish_at; /* TIMEOUT_NEVER: the front goes on */
} connections = {.finish_at = TIMEOUT_NEVER};

static struct connection *of_timeout(struct timeout *timeout)
{
    return (struct connection *)(void *)((char *)timeout - offsetof(struct connection, timeout));
}

static void time_has_passed(struct timeout *timeout)
{
    connections.due(of_timeout(timeout));
}

static void limit(enum connection_state state, int64_t duration)
{
    connections.lists[state] =
        (struct timeout_list){.duration = duration, .passed = time_has_passed};
}

void connections_set_up(int patience, void (*due)(struct connection *connection))
{
    connections.patience = patience;
    connections.due = due;
    limit(CONNECTION_FRESH, HEAD_TIME);
    limit(CONNECTION_HEAD, HEAD_TIME);
    limit(CONNECTION_BODY, patience * SECOND);
    limit(CONNECTION_ANSWERING, patience * SEND_PATIENCE * SECOND);
    limit(CONNECTION_BLOCKED, patience * SEND_PATIENCE * SECOND);
    limit(CONNECTION_LINGERING, LINGER_REST);
}

int connections_patience(void)
{
    return connections.patience;
}

size_t connections_count(void)
{
    return connections.count;
}

size_t connections_unused(void)
{
    return connections.unused;
}

const struct silent_set *connections_silent(void)
{
    return &connections.silent;
}

struct connection *connections_oldest(enum connection_state state)
{
    struct timeout *oldest = connections.lists[state].oldest;
    return oldest ? of_timeout(oldest) : NULL;
}

/* States */

static bool is_unused(enum connection_state state)
{
    return state == CONNECTION_FRESH || state == CONNECTION_IDLE;
}

static bool is_silent(enum connection_state state)
{
    return state == CONNECTION_FRESH || state == CONNECTION_HEAD;
}

/* Kept connections are in a list without a time: if there are too many, the oldest goes. */
static bool has_list(enum connection_state state)
{
    return state == CONNECTION_IDLE || connections.lists[state].passed;
}

void connection_enter(struct connection *connection, enum connection_state state)
{
    enum connection_state before = connection->state;
    assert(connection_may_follow(before, state));
    connection->state = state;
    connections.count += before == CONNECTION_NEW;
    connections.count -= state == CONNECTION_CLOSED;
    connections.unused += is_unused(state);
    connections.unused -= is_unused(before);
    if (is_silent(state))
        silent_add(&connections.silent, &connection->silent,
                   (const struct sockaddr *)(const void *)&connection->client);
    else if (is_silent(before))
        silent_remove(&connections.silent, &connection->silent);
    if (has_list(state))
        timeout_start(&connections.lists[state], &connection->timeout, loop_now());
    else
        timeout_stop(&connection->timeout);
}

bool connection_goes_on(const struct connection *connection)
{
    return connection->after == AFTER_NEXT && !connections_are_finishing();
}

size_t connections_kept(void)
{
    return connections.kept;
}

void connection_count_kept(struct connection *connection, size_t bytes)
{
    connections.kept -= connection->kept;
    connections.kept += bytes;
    connection->kept = bytes;
}

void connection_drop_answer(struct connection *connection)
{
    connection_count_kept(connection, 0);
    free(connection->unsent);
    connection->unsent = NULL;
    connection->unsent_length = connection->unsent_sent = 0;
    if (connection->answer_file >= 0)
        close(connection->answer_file);
    connection->answer_file = -1;
    connection->file_length = connection->file_sent = 0;
}

void connection_close(struct connection *connection)
{
    connection_enter(connection, CONNECTION_CLOSED);
    timeout_stop(&connection->place);
    head_reader_give_back(connection->reader);
    connection->reader = NULL;
    body_free(&connection->body);
    connection_drop_answer(connection);
    loop_forget(&connection->source);
    close(connection->source.descriptor);
    loop_free(connection);
}

/* Time */

static const enum connection_state timed[] = {CONNECTION_FRESH,   CONNECTION_HEAD,
                                              CONNECTION_BODY,    CONNECTION_ANSWERING,
                                              CONNECTION_BLOCKED, CONNECTION_LINGERING};

#define TIMED (sizeof(timed) / sizeof(*timed))

int64_t connections_next_timeout(void)
{
    int64_t next = connections.finish_at > loop_now() ? connections.finish_at : TIMEOUT_NEVER;
    for (size_t i = 0; i < TIMED; i++) {
        int64_t due = timeouts_next(&connections.lists[timed[i]]);
        next = due < next ? due : next;
    }
    return next;
}

void connections_pass_time(void)
{
    for (size_t i = 0; i < TIMED; i++)
        timeouts_pass(&connections.lists[timed[i]], loop_now());
}

static void close_all(enum connection_state state)
{
    struct connection *connection;
    while ((connection = connections_oldest(state)))
        connection_close(connection);
}

void connections_finish(void)
{
    /* A busy client sends its next request before it can know; the answer to that tells it. */
    connections.finish_at = loop_now() + LAST_WAIT;
}

bool connections_are_finishing(void)
{
    return connections.finish_at != TIMEOUT_NEVER;
}

bool connections_are_left(void)
{
    if (loop_now() >= connections.finish_at) {
        close_all(CONNECTION_IDLE);
        close_all(CONNECTION_FRESH);
    }
    return connections.count > 0;
}
