/* front/states.c: a request's life in each machine, and steps that must never happen. */
#include "test.h"

#include "states.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void a_connection_serves_one_request_after_another(void **state)
{
    (void)state;
    static const enum connection_state life[] = {
        CONNECTION_NEW,     CONNECTION_FRESH,     CONNECTION_HEAD,      CONNECTION_WAITING,
        CONNECTION_BODY,    CONNECTION_BODY,      CONNECTION_PAUSED,    CONNECTION_BODY,
        CONNECTION_WAITING, CONNECTION_ANSWERING, CONNECTION_ANSWERING, CONNECTION_IDLE,
        CONNECTION_WAITING, CONNECTION_ANSWERING, CONNECTION_LINGERING, CONNECTION_LINGERING,
        CONNECTION_CLOSED};
    for (size_t i = 1; i < COUNT(life); i++)
        assert_true(connection_may_follow(life[i - 1], life[i]));
}

static void a_connection_may_end_at_any_time_and_only_once(void **state)
{
    (void)state;
    for (int before = CONNECTION_FRESH; before < CONNECTION_CLOSED; before++)
        assert_true(connection_may_follow((enum connection_state)before, CONNECTION_CLOSED));
    for (int after = 0; after < CONNECTION_STATES; after++)
        assert_false(connection_may_follow(CONNECTION_CLOSED, (enum connection_state)after));
}

static void only_a_request_is_answered(void **state)
{
    (void)state;
    for (int before = 0; before < CONNECTION_STATES; before++) {
        bool has_request = before == CONNECTION_WAITING || before == CONNECTION_ANSWERING ||
                           before == CONNECTION_STREAMING || before == CONNECTION_BLOCKED;
        assert_int_equal(connection_may_follow((enum connection_state)before, CONNECTION_ANSWERING),
                         has_request);
    }
}

static void an_exchange_is_answered_once(void **state)
{
    (void)state;
    for (int before = 0; before < EXCHANGE_ANSWERING; before++)
        assert_true(exchange_may_follow((enum exchange_state)before, EXCHANGE_ANSWERING));
    for (int after = 0; after < EXCHANGE_STATES; after++)
        assert_false(exchange_may_follow(EXCHANGE_ANSWERING, (enum exchange_state)after));
    assert_true(exchange_may_follow(EXCHANGE_HEAD, EXCHANGE_RECEIVING));
    assert_true(exchange_may_follow(EXCHANGE_RECEIVING, EXCHANGE_WAITING));
    assert_true(exchange_may_follow(EXCHANGE_WAITING, EXCHANGE_KEEPING));
    assert_false(exchange_may_follow(EXCHANGE_HEAD, EXCHANGE_KEEPING));
    assert_false(exchange_may_follow(EXCHANGE_HEAD, EXCHANGE_WAITING));
    assert_false(exchange_may_follow(EXCHANGE_WAITING, EXCHANGE_RECEIVING));
}

static void an_answer_may_be_sent_while_it_is_made(void **state)
{
    (void)state;
    static const enum connection_state life[] = {
        CONNECTION_WAITING,   CONNECTION_STREAMING, CONNECTION_BLOCKED, CONNECTION_BLOCKED,
        CONNECTION_STREAMING, CONNECTION_ANSWERING, CONNECTION_IDLE};
    for (size_t i = 1; i < COUNT(life); i++)
        assert_true(connection_may_follow(life[i - 1], life[i]));
    assert_true(exchange_may_follow(EXCHANGE_WAITING, EXCHANGE_STREAMING));
    assert_true(exchange_may_follow(EXCHANGE_STREAMING, EXCHANGE_ANSWERING));
    assert_false(exchange_may_follow(EXCHANGE_STREAMING, EXCHANGE_WAITING));
    assert_false(connection_may_follow(CONNECTION_STREAMING, CONNECTION_IDLE));
}

static void a_stopped_runner_only_ends(void **state)
{
    (void)state;
    for (int after = 0; after < RUNNER_STATES; after++)
        assert_int_equal(runner_may_follow(RUNNER_STOPPING, (enum runner_state)after),
                         after == RUNNER_ENDING);
}

static void work_is_given_to_two_runners_at_most(void **state)
{
    (void)state;
    assert_true(work_may_follow(WORK_NEW, WORK_GIVEN));
    assert_true(work_may_follow(WORK_NEW, WORK_QUEUED));
    assert_true(work_may_follow(WORK_QUEUED, WORK_GIVEN));
    assert_true(work_may_follow(WORK_GIVEN, WORK_LOST));
    assert_true(work_may_follow(WORK_LOST, WORK_GIVEN_AGAIN));
    assert_false(work_may_follow(WORK_LOST, WORK_GIVEN));
    assert_false(work_may_follow(WORK_GIVEN_AGAIN, WORK_LOST));
    for (int before = WORK_QUEUED; before < WORK_DONE; before++)
        assert_true(work_may_follow((enum work_state)before, WORK_DONE));
    for (int after = 0; after < WORK_STATES; after++)
        assert_false(work_may_follow(WORK_DONE, (enum work_state)after));
}

static void a_runner_has_one_script_at_a_time(void **state)
{
    (void)state;
    for (int before = 0; before < RUNNER_STATES; before++) {
        enum runner_state from = (enum runner_state)before;
        assert_int_equal(runner_may_follow(from, RUNNER_BUSY), from == RUNNER_IDLE);
        assert_int_equal(runner_may_follow(from, RUNNER_CLEANING), from == RUNNER_BUSY);
        assert_int_equal(runner_may_follow(from, RUNNER_IDLE),
                         from == RUNNER_STARTING || from == RUNNER_CLEANING);
        assert_int_equal(runner_may_follow(from, RUNNER_DUMPING),
                         from == RUNNER_BUSY || from == RUNNER_DUMPING);
        assert_false(runner_may_follow(from, RUNNER_STARTING));
        assert_true(runner_may_follow(from, RUNNER_ENDING));
    }
}

static void a_dead_runner_stays_dead(void **state)
{
    (void)state;
    assert_true(runner_life_may_follow(RUNNER_ALIVE, RUNNER_DEAF));
    assert_true(runner_life_may_follow(RUNNER_ALIVE, RUNNER_DEAD));
    assert_true(runner_life_may_follow(RUNNER_DEAF, RUNNER_DEAD));
    assert_false(runner_life_may_follow(RUNNER_DEAF, RUNNER_ALIVE));
    for (int after = 0; after < RUNNER_LIFE_STATES; after++)
        assert_false(runner_life_may_follow(RUNNER_DEAD, (enum runner_life)after));
}

static void a_zygote_is_met_before_it_is_ready(void **state)
{
    (void)state;
    assert_false(zygote_may_follow(ZYGOTE_UNKNOWN, ZYGOTE_READY));
    assert_true(zygote_may_follow(ZYGOTE_UNKNOWN, ZYGOTE_MET));
    assert_true(zygote_may_follow(ZYGOTE_MET, ZYGOTE_READY));
    for (int before = 0; before < ZYGOTE_STATES; before++)
        assert_true(zygote_may_follow((enum zygote_state)before, ZYGOTE_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_serves_one_request_after_another),
        cmocka_unit_test(a_connection_may_end_at_any_time_and_only_once),
        cmocka_unit_test(only_a_request_is_answered),
        cmocka_unit_test(an_exchange_is_answered_once),
        cmocka_unit_test(an_answer_may_be_sent_while_it_is_made),
        cmocka_unit_test(a_stopped_runner_only_ends),
        cmocka_unit_test(work_is_given_to_two_runners_at_most),
        cmocka_unit_test(a_runner_has_one_script_at_a_time),
        cmocka_unit_test(a_dead_runner_stays_dead),
        cmocka_unit_test(a_zygote_is_met_before_it_is_ready),
    };
    return cmocka_run_group_tests_name("states", tests, NULL, NULL);
}
