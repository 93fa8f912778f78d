/* Which replicas of a pool are up, down or gone, and which addresses they have. */
#include "test.h"

#include "pool_requests.h"

/* The replica was first asked at 0 s; the last question ended without an answer after this many
 * seconds. */
static void be_silent(struct pool *pool, size_t replica, int64_t seconds)
{
    replicas_failed(pool, pool->replicas[replica], REPLICA_SILENT, 1, 1 + 1000 * seconds);
}

static void a_suspect_replica_is_left_out_until_it_answers(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 2, 0);
    pool_suspect(pool, pool->replicas[0]);
    for (int i = 0; i < 10; i++) {
        struct request request = new_request();
        assert_int_equal(acquire(pool, &request), POOL_GRANTED);
        assert_ptr_equal(request.waiter.replica, pool->replicas[1]);
    }
    replicas_answered(pool, pool->replicas[0], 0);
    struct request request = new_request();
    acquire(pool, &request);
    assert_ptr_equal(request.waiter.replica, pool->replicas[0]);
}

static void where_none_is_up_each_is_tried_once(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 2, 1);
    refuse(pool, 0);
    refuse(pool, 1);
    assert_false(pool_is_ready(pool));
    struct request request = new_request();
    assert_int_equal(acquire(pool, &request), POOL_GRANTED);
    struct replica *first = request.waiter.replica;
    release(pool, &request);
    assert_int_equal(acquire(pool, &request), POOL_GRANTED);
    assert_ptr_not_equal(request.waiter.replica, first);
    release(pool, &request);
    assert_int_equal(acquire(pool, &request), POOL_EMPTY);
}

static void those_that_wait_try_one_again_that_has_come_back(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 2, 1);
    struct request running = new_request(), waiting = new_request(), behind = new_request();
    acquire(pool, &running);
    assert_int_equal(acquire(pool, &waiting), POOL_GRANTED);
    struct replica *restarted = waiting.waiter.replica;
    pool_suspect(pool, restarted);
    release(pool, &waiting);
    assert_int_equal(acquire(pool, &waiting), POOL_WAITS); /* for the other one */
    assert_int_equal(acquire(pool, &behind), POOL_WAITS);
    replicas_answered(pool, restarted, 2);
    assert_int_equal(waiting.granted, 1);
    assert_ptr_equal(waiting.waiter.replica, restarted);
    assert_int_equal(behind.granted, 1);
}

static void those_that_wait_for_a_replica_that_fails_do_not_wait_for_ever(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request first = new_request(), second = new_request();
    acquire(pool, &first);
    acquire(pool, &second);
    pool_suspect(pool, pool->replicas[0]);
    assert_int_equal(second.granted, 0); /* its one place is still taken */
    release(pool, &first);
    assert_int_equal(second.granted, 1);
    replicas_set_addresses(pool, NULL, 0);
    struct request third = new_request();
    assert_int_equal(acquire(pool, &third), POOL_EMPTY);
}

static void a_slow_answer_takes_nobody_down(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    be_silent(pool, 0, 2);
    assert_true(pool_is_ready(pool));
    replicas_answered(pool, pool->replicas[0], 1);
    be_silent(pool, 0, 8); /* not 10 */
    assert_true(pool_is_ready(pool));
    refuse(pool, 0);
    be_silent(pool, 0, 2); /* nor does silence bring up one that was down */
    assert_false(pool_is_ready(pool));
}

static void one_that_is_silent_for_long_gets_nothing_and_nobody_waits_for_it(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request running = new_request(), waiting = new_request(), late = new_request();
    acquire(pool, &running);
    assert_int_equal(acquire(pool, &waiting), POOL_WAITS);
    be_silent(pool, 0, 10);
    assert_false(pool_is_ready(pool));
    assert_int_equal(waiting.granted, 1);
    assert_null(waiting.waiter.replica);
    assert_int_equal(acquire(pool, &late), POOL_EMPTY);
    assert_false(pool_is_gone(pool, running.waiter.replica));
    be_silent(pool, 0, 60);
    assert_true(pool_is_gone(pool, running.waiter.replica));
    release(pool, &running);
    replicas_answered(pool, pool->replicas[0], 1);
    assert_false(pool_is_gone(pool, pool->replicas[0]));
    assert_int_equal(acquire(pool, &late), POOL_GRANTED);
}

/* A stopping engine accepts no more connections, and finishes what it has. */
static void what_runs_on_one_that_refuses_is_not_given_up(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request running = new_request();
    acquire(pool, &running);
    be_silent(pool, 0, 59);
    refuse(pool, 0);
    replicas_failed(pool, pool->replicas[0], REPLICA_SILENT, 60000, 62000);
    assert_false(pool_is_gone(pool, running.waiter.replica));
    replicas_failed(pool, pool->replicas[0], REPLICA_UNREACHABLE, 110000, 120000);
    assert_true(pool_is_gone(pool, running.waiter.replica));
}

static void count_one(void *context, struct replica *replica)
{
    (void)replica;
    ++*(int *)context;
}

static void one_that_has_requests_is_asked_although_it_is_no_address_any_more(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request running = new_request();
    acquire(pool, &running);
    replicas_set_addresses(pool, NULL, 0);
    int count = 0;
    pool_each(pool, count_one, &count);
    assert_int_equal(count, 1);
    release(pool, &running);
    pool_each(pool, count_one, &count);
    assert_int_equal(count, 1);
}

static void new_addresses_are_used_and_old_ones_are_not(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 2, 1);
    struct request request = new_request();
    acquire(pool, &request);
    const struct address addresses[] = {{"10.0.0.9", 80, 1}};
    replicas_set_addresses(pool, addresses, 1);
    struct request next = new_request();
    assert_int_equal(acquire(pool, &next), POOL_GRANTED);
    assert_string_equal(next.waiter.replica->name, "10.0.0.9:80");
    release(pool, &request); /* of a replica that is no longer an address */
    release(pool, &next);
}

static void addresses_may_come_and_go_for_ever(void **state)
{
    (void)state;
    struct pool *pool = pool_of("e");
    for (unsigned i = 0; i < 3 * POOL_MAX_REPLICAS; i++) {
        struct address address = {.port = 80};
        snprintf(address.host, sizeof(address.host), "10.0.%u.%u", i / 250, i % 250);
        replicas_set_addresses(pool, &address, 1);
        struct request request = new_request();
        assert_int_equal(acquire(pool, &request), POOL_GRANTED);
        assert_string_equal(request.waiter.replica->address.host, address.host);
        release(pool, &request);
    }
    assert_int_equal(pool->count, POOL_MAX_REPLICAS);
}

static void addresses_are_told_apart_by_their_name(void **state)
{
    (void)state;
    struct pool *pool = pool_of("e");
    const struct address addresses[] = {{"10.0.0.1", 80, 1}, {"10.0.0.2", 80, 2}};
    replicas_set_addresses(pool, addresses, 2);
    struct address found[POOL_MAX_REPLICAS];
    size_t count = 0;
    replicas_addresses_of(pool, 2, found, &count);
    assert_int_equal(count, 1);
    assert_string_equal(found[0].host, "10.0.0.2");
    replicas_set_addresses(pool, addresses, 1);
    replicas_addresses_of(pool, 2, found, &count);
    assert_int_equal(count, 1); /* an address that is gone is not found */
}

static void a_request_tries_so_many_replicas_and_no_more(void **state)
{
    (void)state;
    struct pool *pool = pool_of("e");
    struct address addresses[POOL_MAX_TRIED + 4] = {{{0}, 0, 0}};
    for (unsigned i = 0; i < POOL_MAX_TRIED + 4; i++) {
        snprintf(addresses[i].host, sizeof(addresses[i].host), "10.0.0.%u", i);
        addresses[i].port = 80;
    }
    replicas_set_addresses(pool, addresses, POOL_MAX_TRIED + 4);
    struct request request = new_request();
    for (unsigned i = 0; i < POOL_MAX_TRIED; i++) {
        assert_int_equal(acquire(pool, &request), POOL_GRANTED);
        pool_suspect(pool, request.waiter.replica);
        release(pool, &request);
    }
    assert_int_equal(acquire(pool, &request), POOL_EMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_suspect_replica_is_left_out_until_it_answers, tear_down),
        cmocka_unit_test_teardown(where_none_is_up_each_is_tried_once, tear_down),
        cmocka_unit_test_teardown(those_that_wait_try_one_again_that_has_come_back, tear_down),
        cmocka_unit_test_teardown(those_that_wait_for_a_replica_that_fails_do_not_wait_for_ever,
                                  tear_down),
        cmocka_unit_test_teardown(a_slow_answer_takes_nobody_down, tear_down),
        cmocka_unit_test_teardown(one_that_is_silent_for_long_gets_nothing_and_nobody_waits_for_it,
                                  tear_down),
        cmocka_unit_test_teardown(what_runs_on_one_that_refuses_is_not_given_up, tear_down),
        cmocka_unit_test_teardown(one_that_has_requests_is_asked_although_it_is_no_address_any_more,
                                  tear_down),
        cmocka_unit_test_teardown(new_addresses_are_used_and_old_ones_are_not, tear_down),
        cmocka_unit_test_teardown(addresses_may_come_and_go_for_ever, tear_down),
        cmocka_unit_test_teardown(addresses_are_told_apart_by_their_name, tear_down),
        cmocka_unit_test_teardown(a_request_tries_so_many_replicas_and_no_more, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
