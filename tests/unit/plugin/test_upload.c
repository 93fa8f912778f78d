/* front/upload.c: bodies over a real socket, and what becomes of the connection after them. */
#include "test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "message.h"
#include "upload.h"

static void begin(const struct client *client, uint64_t length, const char *with_head,
                  bool keep_alive)
{
    const struct request_head head = {
        .length = length, .rest = slice_of(with_head), .keep_alive = keep_alive};
    client_has_asked(client);
    upload_begin(client->connection, &head, 0);
}

static void say(const struct client *client, const char *bytes, size_t length)
{
    assert_int_equal(send(client->end, bytes, length, MSG_NOSIGNAL), length);
}

static void a_body_comes_in_pieces(void **state)
{
    (void)state;
    struct client client = client_connect(1);
    begin(&client, 6, "ab", true);
    assert_int_equal(client.connection->state, CONNECTION_BODY);
    say(&client, "cd", 2);
    upload_ready(client.connection, false);
    assert_int_equal(heard.body, 0);
    say(&client, "efXX", 4); /* "XX" is the next request's */
    upload_ready(client.connection, false);
    assert_int_equal(heard.body, 1);
    assert_int_equal(heard.status, BODY_WHOLE);
    assert_int_equal(client.connection->state, CONNECTION_WAITING);
    assert_int_equal(client.connection->after, AFTER_NEXT);
    struct body body = upload_take(client.connection);
    assert_int_equal(body.length, 6);
    assert_memory_equal(body.data, "abcdef", 6);
    body_free(&body);
    client_leave(&client);
}

static void a_body_that_came_with_its_head_is_whole_at_once(void **state)
{
    (void)state;
    struct client client = client_connect(1);
    begin(&client, 3, "abc", false);
    assert_int_equal(heard.status, BODY_WHOLE);
    assert_int_equal(client.connection->after, AFTER_CLOSE);
    client_leave(&client);
}

static void a_large_body_is_a_file(void **state)
{
    (void)state;
    static char piece[4096];
    const uint64_t length = MESSAGE_INLINE + 1;
    struct client client = client_connect(1);
    begin(&client, length, "", true);
    for (uint64_t sent = 0; sent < length;) {
        size_t next = length - sent < sizeof(piece) ? (size_t)(length - sent) : sizeof(piece);
        say(&client, piece, next);
        upload_ready(client.connection, false);
        sent += next;
    }
    assert_int_equal(heard.status, BODY_WHOLE);
    struct body body = upload_take(client.connection);
    assert_true(body.file >= 0);
    assert_int_equal(lseek(body.file, 0, SEEK_END), length);
    body_free(&body);
    assert_int_equal(bodies_bytes(), 0);
    client_leave(&client);
}

static void a_client_that_ends_early_leaves_nothing_to_read(void **state)
{
    (void)state;
    struct client client = client_connect(1);
    begin(&client, 6, "ab", true);
    shutdown(client.end, SHUT_WR);
    upload_ready(client.connection, true);
    assert_int_equal(heard.status, BODY_SHORT);
    assert_int_equal(client.connection->after, AFTER_CLOSE);
    client_leave(&client);
}

static void a_body_that_stalls_leaves_the_rest_unread(void **state)
{
    (void)state;
    struct client client = client_connect(1);
    begin(&client, 6, "ab", true);
    upload_stalled(client.connection);
    assert_int_equal(heard.status, BODY_STALLED);
    assert_int_equal(client.connection->after, AFTER_LINGER);
    client_leave(&client);
}

static void a_client_is_told_to_go_on(void **state)
{
    (void)state;
    char text[64];
    struct client client = client_connect(1);
    upload_invite(client.connection);
    ssize_t length = client_read(&client, text, sizeof(text));
    assert_true(length > 0);
    assert_memory_equal(text, "HTTP/1.1 100 Continue\r\n\r\n", (size_t)length);
    client_leave(&client);
}

int main(void)
{
    clients_set_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_comes_in_pieces),
        cmocka_unit_test(a_body_that_came_with_its_head_is_whole_at_once),
        cmocka_unit_test(a_large_body_is_a_file),
        cmocka_unit_test(a_client_that_ends_early_leaves_nothing_to_read),
        cmocka_unit_test(a_body_that_stalls_leaves_the_rest_unread),
        cmocka_unit_test(a_client_is_told_to_go_on),
    };
    return cmocka_run_group_tests_name("upload", tests, NULL, NULL);
}
