/* cmocka tests of the replicas of an engine and the queue in front of them. */
#include "../plugin/test.h"

#include "pool.h"
#include "pools.h"
#include "replicas.h"

/* A request, and how often it was granted a place after it had to wait. */
struct request {
    struct waiter waiter;
    int granted;
};

static void on_granted(struct waiter *waiter)
{
    ((struct request *)(void *)waiter)->granted++;
}

static struct request new_request(void)
{
    return (struct request){.waiter = {.granted = on_granted}};
}

/* A pool with replicas 10.0.0.1, 10.0.0.2, …, all up, each with so many workers. */
static struct pool *pool_with(const char *name, size_t count, unsigned workers)
{
    struct pool *pool = pool_of(name);
    struct address addresses[8] = {{{0}, 0, 0}};
    for (size_t i = 0; i < count; i++) {
        snprintf(addresses[i].host, sizeof(addresses[i].host), "10.0.0.%zu", i + 1);
        addresses[i].port = 80;
    }
    pool_set_queue_limit(pool, 2);
    replicas_set_addresses(pool, addresses, count);
    for (size_t i = 0; i < count; i++)
        replicas_answered(pool, pool->replicas[i], workers);
    return pool;
}

static enum pool_answer acquire(struct pool *pool, struct request *request)
{
    return pool_acquire(pool, &request->waiter, true);
}

static void release(struct pool *pool, struct request *request)
{
    pool_release(pool, &request->waiter, true, 1000);
}

/* It was asked at 0 s, and again and again; the last time ended without an answer so much later. */
static void be_silent(struct pool *pool, size_t replica, int64_t seconds)
{
    replicas_failed(pool, pool->replicas[replica], REPLICA_SILENT, 1, 1 + 1000 * seconds);
}

static void refuse(struct pool *pool, size_t replica)
{
    replicas_failed(pool, pool->replicas[replica], REPLICA_REFUSED, 1, 1);
}

static int tear_down(void **state)
{
    (void)state;
    pool_free_all();
    return 0;
}

static void requests_go_where_the_least_is_in_flight(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 3, 4);
    struct request requests[12];
    for (size_t i = 0; i < 12; i++) {
        requests[i] = new_request();
        assert_int_equal(acquire(pool, &requests[i]), POOL_GRANTED);
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pool->replicas[i]->in_flight, 4);
    struct replica *freed = requests[5].waiter.replica;
    release(pool, &requests[5]);
    struct request next = new_request();
    assert_int_equal(acquire(pool, &next), POOL_GRANTED);
    assert_ptr_equal(next.waiter.replica, freed);
}

static void a_larger_replica_gets_more(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 2, 1);
    replicas_answered(pool, pool->replicas[1], 3);
    struct request requests[4];
    for (size_t i = 0; i < 4; i++) {
        requests[i] = new_request();
        assert_int_equal(acquire(pool, &requests[i]), POOL_GRANTED);
    }
    assert_int_equal(pool->replicas[0]->in_flight, 1);
    assert_int_equal(pool->replicas[1]->in_flight, 3);
}

static void what_finds_no_worker_waits_and_is_served_in_order(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request first = new_request(), second = new_request(), third = new_request(),
                   fourth = new_request();
    assert_int_equal(acquire(pool, &first), POOL_GRANTED);
    assert_int_equal(acquire(pool, &second), POOL_WAITS);
    assert_int_equal(acquire(pool, &third), POOL_WAITS);
    assert_int_equal(acquire(pool, &fourth), POOL_FULL);
    release(pool, &first);
    assert_int_equal(second.granted, 1);
    assert_int_equal(third.granted, 0);
    assert_non_null(second.waiter.replica);
    release(pool, &second);
    assert_int_equal(third.granted, 1);
    release(pool, &third);
    assert_int_equal(pool->replicas[0]->in_flight, 0);
}

static void nobody_overtakes_those_that_wait(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request first = new_request(), second = new_request(), late = new_request();
    acquire(pool, &first);
    acquire(pool, &second);
    replicas_answered(pool, pool->replicas[0], 2); /* a worker more, which the queue takes */
    assert_int_equal(second.granted, 1);
    assert_int_equal(acquire(pool, &late), POOL_WAITS);
}

static void who_leaves_the_queue_gives_up_its_place(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request first = new_request(), second = new_request(), third = new_request();
    acquire(pool, &first);
    acquire(pool, &second);
    acquire(pool, &third);
    pool_leave(pool, &second.waiter);
    release(pool, &first);
    assert_int_equal(second.granted, 0);
    assert_int_equal(third.granted, 1);
    pool_leave(pool, &third.waiter); /* it was granted a place meanwhile */
    assert_int_equal(pool->replicas[0]->in_flight, 0);
    size_t queued, in_flight;
    pool_load(pool, &queued, &in_flight);
    assert_int_equal(queued + in_flight, 0);
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
    be_silent(pool, 0, 2); /* nor does it make one up that was down */
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

/* An engine that ends takes no connection any more, and finishes what it has. */
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
    release(pool, &request); /* of one that is no address any more */
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
    assert_int_equal(count, 1); /* what is no address any more is not found */
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

static void without_a_queue_the_time_is_that_of_a_request(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request request = new_request();
    acquire(pool, &request);
    pool_release(pool, &request.waiter, true, 30000);
    assert_int_equal(pool_retry_after(pool), 30);
}

static void requests_for_information_take_no_place(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    struct request script = new_request(), information = new_request();
    acquire(pool, &script);
    assert_int_equal(pool_acquire(pool, &information.waiter, false), POOL_GRANTED);
    assert_int_equal(pool->replicas[0]->in_flight, 1);
    pool_release(pool, &information.waiter, false, 0);
    assert_int_equal(pool->replicas[0]->in_flight, 1);
}

static void how_long_to_wait_is_told_by_how_long_requests_take(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    assert_int_equal(pool_retry_after(pool), 1);
    for (int i = 0; i < 200; i++) {
        struct request request = new_request();
        acquire(pool, &request);
        pool_release(pool, &request.waiter, true, 30000);
    }
    struct request requests[3] = {new_request(), new_request(), new_request()};
    for (int i = 0; i < 3; i++)
        acquire(pool, &requests[i]);
    assert_in_range(pool_retry_after(pool), 55, 60); /* two wait for 30 s each */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(requests_go_where_the_least_is_in_flight, tear_down),
        cmocka_unit_test_teardown(a_larger_replica_gets_more, tear_down),
        cmocka_unit_test_teardown(what_finds_no_worker_waits_and_is_served_in_order, tear_down),
        cmocka_unit_test_teardown(nobody_overtakes_those_that_wait, tear_down),
        cmocka_unit_test_teardown(who_leaves_the_queue_gives_up_its_place, tear_down),
        cmocka_unit_test_teardown(a_suspect_replica_is_left_out_until_it_answers, tear_down),
        cmocka_unit_test_teardown(where_none_is_up_each_is_tried_once, tear_down),
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
        cmocka_unit_test_teardown(requests_for_information_take_no_place, tear_down),
        cmocka_unit_test_teardown(addresses_are_told_apart_by_their_name, tear_down),
        cmocka_unit_test_teardown(a_request_tries_so_many_replicas_and_no_more, tear_down),
        cmocka_unit_test_teardown(without_a_queue_the_time_is_that_of_a_request, tear_down),
        cmocka_unit_test_teardown(how_long_to_wait_is_told_by_how_long_requests_take, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
