/* front/stream.c: an answer over a real socket, while it is made. */
#include "test.h"

#include <unistd.h>

#include "client.h"
#include "stream.h"

#define PIECE ((size_t)100 << 10)

static char piece[PIECE];

static struct client streaming(enum after_answer after)
{
    struct client client = client_connect(1);
    client_has_asked(&client);
    client.connection->after = after;
    stream_begin(client.connection);
    return client;
}

static bool give(const struct client *client, const char *bytes, size_t length)
{
    const struct iovec pieces[] = {{(char *)(uintptr_t)bytes, length / 2},
                                   {(char *)(uintptr_t)bytes + length / 2, length - length / 2}};
    return stream_send(client->connection, pieces, 2);
}

/* Gives pieces until it is full; returns the bytes. */
static size_t fill(const struct client *client)
{
    size_t given = 0;
    while (!stream_is_full(client->connection)) {
        assert_true(give(client, piece, PIECE));
        given += PIECE;
    }
    return given;
}

/* Reads what comes, and lets the connection send on, until nothing comes any more. */
static size_t read_all(const struct client *client)
{
    static char got[65536];
    size_t all = 0;
    for (;;) {
        ssize_t length = client_read(client, got, sizeof(got));
        for (ssize_t i = 0; i < length; i++)
            assert_int_equal(got[i], piece[(all + (size_t)i) % PIECE]);
        if (length > 0)
            all += (size_t)length;
        else if (client->connection->state == CONNECTION_BLOCKED)
            stream_ready(client->connection);
        else
            return all;
    }
}

static void a_piece_goes_at_once(void **state)
{
    (void)state;
    char got[16];
    struct client client = streaming(AFTER_NEXT);
    assert_true(give(&client, "one", 3));
    assert_int_equal(client_read(&client, got, sizeof(got)), 3);
    assert_int_equal(client.connection->state, CONNECTION_STREAMING);
    assert_int_equal(heard.answered, 0);
    stream_end(client.connection);
    assert_int_equal(heard.answered, 1);
    assert_int_equal(client.connection->state, CONNECTION_IDLE);
    client_leave(&client);
}

static void what_a_slow_client_does_not_take_is_kept_in_order(void **state)
{
    (void)state;
    struct client client = streaming(AFTER_NEXT);
    size_t given = fill(&client);
    assert_int_equal(client.connection->state, CONNECTION_BLOCKED);
    assert_int_equal(heard.drained, 0);
    assert_int_equal(read_all(&client), given);
    assert_true(heard.drained > 0);
    assert_int_equal(client.connection->state, CONNECTION_STREAMING);
    assert_false(stream_is_full(client.connection));
    stream_end(client.connection);
    client_leave(&client);
}

static void the_end_waits_for_a_slow_client(void **state)
{
    (void)state;
    struct client client = streaming(AFTER_CLOSE);
    fill(&client);
    stream_end(client.connection);
    assert_int_equal(client.connection->state, CONNECTION_ANSWERING);
    assert_int_equal(heard.answered, 0);
    client_leave(&client);
}

static void what_nobody_takes_no_longer_counts(void **state)
{
    (void)state;
    struct client client = streaming(AFTER_CLOSE);
    fill(&client);
    assert_true(connections_kept() > 0);
    client_leave(&client);
    assert_int_equal(connections_kept(), 0);
}

static void a_cut_answer_closes_the_connection(void **state)
{
    (void)state;
    char byte;
    struct client client = streaming(AFTER_NEXT);
    assert_true(give(&client, "one", 3));
    stream_cut(client.connection, false);
    assert_int_equal(heard.answered, 1);
    assert_int_equal(client_read(&client, &byte, 1), 1);
    close(client.end);
    assert_true(loop_now() > 0);
}

static void a_client_that_is_gone_is_noticed(void **state)
{
    (void)state;
    struct client client = streaming(AFTER_NEXT);
    close(client.end);
    assert_false(give(&client, "one", 3));
    connection_close(client.connection);
}

static int set_up(void **state)
{
    (void)state;
    clients_set_up();
    for (size_t i = 0; i < PIECE; i++)
        piece[i] = (char)('a' + i % 23);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_piece_goes_at_once),
        cmocka_unit_test(what_a_slow_client_does_not_take_is_kept_in_order),
        cmocka_unit_test(the_end_waits_for_a_slow_client),
        cmocka_unit_test(what_nobody_takes_no_longer_counts),
        cmocka_unit_test(a_cut_answer_closes_the_connection),
        cmocka_unit_test(a_client_that_is_gone_is_noticed),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
