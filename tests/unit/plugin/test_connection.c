/* front/connection.c: who is in which state, for how long, and which steps end the front. */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

static void the_oldest_of_each_state_is_known(void **state)
{
    (void)state;
    struct client first = client_connect(1), second = client_connect(2);
    assert_ptr_equal(connections_oldest(CONNECTION_FRESH), first.connection);
    assert_int_equal(connections_count(), 2);
    assert_int_equal(connections_unused(), 2);
    client_has_asked(&first);
    assert_ptr_equal(connections_oldest(CONNECTION_FRESH), second.connection);
    assert_null(connections_oldest(CONNECTION_WAITING)); /* nobody is too slow there */
    assert_int_equal(connections_unused(), 1);
    client_leave(&first);
    client_leave(&second);
    assert_int_equal(connections_count(), 0);
    assert_int_equal(connections_unused(), 0);
    assert_null(connections_oldest(CONNECTION_FRESH));
}

static void one_is_silent_until_its_head_is_whole(void **state)
{
    (void)state;
    struct client client = client_connect(1);
    assert_int_equal(connections_silent()->count, 1);
    connection_enter(client.connection, CONNECTION_HEAD);
    assert_int_equal(connections_silent()->count, 1);
    client_has_asked(&client);
    assert_int_equal(connections_silent()->count, 0);
    client_leave(&client);
}

static void the_time_of_a_state_passes_once(void **state)
{
    (void)state;
    struct client client = client_connect(1);
    client_has_asked(&client);
    connection_enter(client.connection, CONNECTION_BODY);
    int64_t due = connections_next_timeout();
    assert_true(due > loop_now() && due <= loop_now() + CLIENT_PATIENCE * INT64_C(1000000000));
    while (loop_now() < due)
        loop_turn(due, false);
    connections_pass_time();
    connections_pass_time();
    assert_int_equal(heard.due, 1);
    assert_int_equal(connections_next_timeout(), TIMEOUT_NEVER);
    client_leave(&client);
}

static void a_wrong_step_ends_the_front(void **state)
{
    (void)state;
    struct client client = client_connect(1);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        connection_enter(client.connection, CONNECTION_ANSWERING);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    client_leave(&client);
}

static void quiet_ones_end_when_the_front_does(void **state)
{
    (void)state;
    struct client busy = client_connect(1), quiet = client_connect(2);
    client_has_asked(&busy);
    assert_true(connection_goes_on(busy.connection));
    connections_finish();
    assert_true(connections_are_finishing());
    assert_false(connection_goes_on(busy.connection));
    assert_true(connections_are_left());
    assert_int_equal(quiet.connection->state, CONNECTION_FRESH);
    int64_t last = connections_next_timeout();
    while (loop_now() < last)
        loop_turn(last, false);
    assert_true(connections_are_left());
    assert_int_equal(quiet.connection->state, CONNECTION_CLOSED);
    client_leave(&quiet);
    client_leave(&busy);
    assert_false(connections_are_left());
}

int main(void)
{
    clients_set_up();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_of_each_state_is_known),
        cmocka_unit_test(one_is_silent_until_its_head_is_whole),
        cmocka_unit_test(the_time_of_a_state_passes_once),
        cmocka_unit_test(a_wrong_step_ends_the_front),
        cmocka_unit_test(quiet_ones_end_when_the_front_does),
    };
    return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
