/* front/room.c: who goes if there are too many connections. */
#include "test.h"

#include <sys/resource.h>

#include "client.h"
#include "room.h"

#define DESCRIPTORS                                                                                \
    656 /* 256 are kept, and half of the others are for what belongs to requests                   \
         */
#define LIMIT 200

static struct client clients[LIMIT];

/* The limit is the test's; glibc has two names for each, by the width of file offsets. */

int __wrap_getrlimit(int resource, struct rlimit *limit);
int __wrap_getrlimit64(int resource, struct rlimit *limit);
int __wrap_setrlimit(int resource, const struct rlimit *limit);
int __wrap_setrlimit64(int resource, const struct rlimit *limit);

int __wrap_getrlimit(int resource, struct rlimit *limit)
{
    assert_int_equal(resource, RLIMIT_NOFILE);
    *limit = (struct rlimit){DESCRIPTORS, DESCRIPTORS};
    return 0;
}

int __wrap_getrlimit64(int resource, struct rlimit *limit)
{
    return __wrap_getrlimit(resource, limit);
}

int __wrap_setrlimit(int resource, const struct rlimit *limit)
{
    assert_int_equal(resource, RLIMIT_NOFILE);
    assert_int_equal(limit->rlim_cur, DESCRIPTORS);
    return 0;
}

int __wrap_setrlimit64(int resource, const struct rlimit *limit)
{
    return __wrap_setrlimit(resource, limit);
}

/* Each from a host of its own: as many as there may be, all in the state that `make` brings. */
static void connect_all(void (*make)(const struct client *client))
{
    for (unsigned i = 0; i < LIMIT; i++) {
        clients[i] = client_connect(i);
        make(&clients[i]);
    }
}

static int leave_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LIMIT; i++)
        client_leave(&clients[i]);
    return 0;
}

static bool is_closed(unsigned i)
{
    return clients[i].connection->state == CONNECTION_CLOSED;
}

static void make_busy(const struct client *client)
{
    client_has_asked(client);
}

static void make_body(const struct client *client)
{
    client_has_asked(client);
    connection_enter(client->connection, CONNECTION_BODY);
}

static void make_idle(const struct client *client)
{
    client_has_asked(client);
    connection_enter(client->connection, CONNECTION_ANSWERING);
    connection_enter(client->connection, CONNECTION_IDLE);
}

static void make_fresh(const struct client *client)
{
    (void)client;
}

static void nobody_goes_while_there_is_room(void **state)
{
    (void)state;
    connect_all(make_fresh);
    connection_close(clients[5].connection);
    room_for_one();
    assert_int_equal(connections_count(), LIMIT - 1);
}

static void the_oldest_silent_one_goes_first(void **state)
{
    (void)state;
    connect_all(make_fresh);
    client_has_asked(&clients[0]);
    room_for_one();
    assert_false(is_closed(0));
    assert_true(is_closed(1));
    assert_int_equal(connections_count(), LIMIT - 1);
}

static void one_that_is_kept_goes_before_a_body(void **state)
{
    (void)state;
    connect_all(make_body);
    client_leave(&clients[7]);
    clients[7] = client_connect(7);
    make_idle(&clients[7]);
    room_for_one();
    assert_true(is_closed(7));
    assert_int_equal(heard.left, 0);
}

static void a_body_goes_if_nobody_else_can(void **state)
{
    (void)state;
    connect_all(make_body);
    room_for_one();
    assert_true(is_closed(0));
    assert_int_equal(heard.left, 1);
}

static void a_request_that_a_worker_has_never_goes(void **state)
{
    (void)state;
    connect_all(make_busy);
    room_for_one();
    assert_int_equal(connections_count(), LIMIT);
}

static void one_address_has_a_share(void **state)
{
    (void)state;
    unsigned share = LIMIT / 4;
    for (unsigned i = 0; i < LIMIT; i++) {
        clients[i] = client_connect(i <= share + 1 && i > 0 ? 1000 : i);
        room_bound_share(clients[i].connection);
    }
    assert_false(is_closed(0));
    assert_true(is_closed(1));
    assert_int_equal(connections_count(), LIMIT - 1);
}

int main(void)
{
    clients_set_up();
    room_set_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nobody_goes_while_there_is_room, leave_all),
        cmocka_unit_test_teardown(the_oldest_silent_one_goes_first, leave_all),
        cmocka_unit_test_teardown(one_that_is_kept_goes_before_a_body, leave_all),
        cmocka_unit_test_teardown(a_body_goes_if_nobody_else_can, leave_all),
        cmocka_unit_test_teardown(a_request_that_a_worker_has_never_goes, leave_all),
        cmocka_unit_test_teardown(one_address_has_a_share, leave_all),
    };
    return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
