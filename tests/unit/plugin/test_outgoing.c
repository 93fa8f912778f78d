/* front/outgoing.c, linger.c: answers over a real socket, and how the connection goes on. */
#include "test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "descriptors.h"
#include "linger.h"
#include "outgoing.h"

#define LARGE ((size_t)4 << 20) /* more than a socket takes at once */

static struct client asking(enum after_answer after)
{
    struct client client = client_connect(1);
    client_has_asked(&client);
    client.connection->after = after;
    return client;
}

static void answer(const struct client *client, struct slice body, int file, uint64_t file_length)
{
    const struct outgoing outgoing = {
        .head = slice_of("head\r\n"), .body = body, .file = file, .file_length = file_length};
    outgoing_send(client->connection, &outgoing);
}

static void expect_text(const struct client *client, const char *text)
{
    char got[64];
    ssize_t length = client_read(client, got, sizeof(got));
    assert_int_equal(length, strlen(text));
    assert_memory_equal(got, text, (size_t)length);
}

static void a_connection_is_kept_behind_an_answer(void **state)
{
    (void)state;
    struct client client = asking(AFTER_NEXT);
    answer(&client, slice_of("body"), -1, 0);
    assert_int_equal(heard.answered, 1);
    assert_int_equal(client.connection->state, CONNECTION_IDLE);
    expect_text(&client, "head\r\nbody");
    client_leave(&client);
}

static void a_connection_is_closed_behind_an_answer(void **state)
{
    (void)state;
    char byte;
    struct client client = asking(AFTER_CLOSE);
    answer(&client, slice_of("body"), -1, 0);
    assert_int_equal(client.connection->state, CONNECTION_CLOSED);
    expect_text(&client, "head\r\nbody");
    assert_int_equal(client_read(&client, &byte, 1), 0);
    client_leave(&client);
}

static void what_nobody_reads_is_read_away_before_the_close(void **state)
{
    (void)state;
    char byte;
    struct client client = asking(AFTER_LINGER);
    answer(&client, slice_of(""), -1, 0);
    assert_int_equal(client.connection->state, CONNECTION_LINGERING);
    expect_text(&client, "head\r\n");
    assert_int_equal(client_read(&client, &byte, 1), 0); /* our side is closed */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send(client.end, "more", 4, MSG_NOSIGNAL), 4);
        linger_ready(client.connection);
        assert_int_equal(client.connection->state, CONNECTION_LINGERING);
    }
    shutdown(client.end, SHUT_WR);
    linger_ready(client.connection);
    assert_int_equal(client.connection->state, CONNECTION_CLOSED);
    client_leave(&client);
}

/* Reads all of it, as the socket takes it. */
static size_t read_all(const struct client *client)
{
    static char into[1 << 16];
    size_t total = 0;
    while (client->connection->state == CONNECTION_ANSWERING) {
        ssize_t got = client_read(client, into, sizeof(into));
        if (got > 0)
            total += (size_t)got;
        outgoing_ready(client->connection);
    }
    for (ssize_t got; (got = client_read(client, into, sizeof(into))) > 0;)
        total += (size_t)got;
    return total;
}

static void an_answer_goes_as_the_socket_takes_it(void **state)
{
    (void)state;
    char *body = calloc(1, LARGE);
    struct client client = asking(AFTER_NEXT);
    answer(&client, (struct slice){body, LARGE}, -1, 0);
    free(body); /* the rest was copied */
    assert_int_equal(client.connection->state, CONNECTION_ANSWERING);
    assert_int_equal(heard.answered, 0);
    assert_int_equal(read_all(&client), 6 + LARGE);
    assert_int_equal(heard.answered, 1);
    assert_int_equal(client.connection->state, CONNECTION_IDLE);
    client_leave(&client);
}

static void an_answer_may_be_a_file(void **state)
{
    (void)state;
    int file = memory_file("answer");
    assert_int_equal(ftruncate(file, (off_t)LARGE), 0);
    struct client client = asking(AFTER_NEXT);
    answer(&client, slice_of(""), file, LARGE);
    assert_int_equal(read_all(&client), 6 + LARGE);
    assert_int_equal(heard.answered, 1);
    assert_int_equal(client.connection->answer_file, -1);
    client_leave(&client);
}

static void a_client_that_reads_nothing_is_closed(void **state)
{
    (void)state;
    char *body = calloc(1, LARGE);
    struct client client = asking(AFTER_NEXT);
    answer(&client, (struct slice){body, LARGE}, -1, 0);
    free(body);
    outgoing_stalled(client.connection);
    assert_int_equal(heard.answered, 1);
    assert_int_equal(client.connection->state, CONNECTION_CLOSED);
    client_leave(&client);
}

int main(void)
{
    clients_set_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_kept_behind_an_answer),
        cmocka_unit_test(a_connection_is_closed_behind_an_answer),
        cmocka_unit_test(what_nobody_reads_is_read_away_before_the_close),
        cmocka_unit_test(an_answer_goes_as_the_socket_takes_it),
        cmocka_unit_test(an_answer_may_be_a_file),
        cmocka_unit_test(a_client_that_reads_nothing_is_closed),
    };
    return cmocka_run_group_tests_name("outgoing", tests, NULL, NULL);
}
