/* Which requests get a place, and which wait for one. */
#include "test.h"

#include "pool_requests.h"

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
    replicas_answered(pool, pool->replicas[0], 2); /* one more worker, which the queue takes */
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
    pool_leave(pool, &third.waiter); /* it has been granted a place meanwhile */
    assert_int_equal(pool->replicas[0]->in_flight, 0);
    size_t queued, in_flight;
    pool_load(pool, &queued, &in_flight);
    assert_int_equal(queued + in_flight, 0);
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
    assert_in_range(pool_retry_after(pool), 55, 60); /* two wait, each for 30 s */
}

/* Two replicas with one worker each, both busy, and `count` requests that wait. */
static struct pool *busy_pool(struct request *busy, struct request *waiting, size_t count)
{
    struct pool *pool = pool_with("e", 2, 1);
    pool_set_queue_limit(pool, count);
    for (size_t i = 0; i < 2; i++) {
        busy[i] = new_request();
        assert_int_equal(acquire(pool, &busy[i]), POOL_GRANTED);
    }
    for (size_t i = 0; i < count; i++) {
        waiting[i] = new_request();
        assert_int_equal(acquire(pool, &waiting[i]), POOL_WAITS);
    }
    return pool;
}

static int count_granted(const struct request *requests, size_t count)
{
    int granted = 0;
    for (size_t i = 0; i < count; i++)
        granted += requests[i].granted;
    return granted;
}

static void a_quick_replica_is_sent_some_ahead(void **state)
{
    (void)state;
    struct request busy[2], waiting[20];
    struct pool *pool = busy_pool(busy, waiting, 20);
    struct replica *quick = busy[0].waiter.replica, *stuck = busy[1].waiter.replica;
    pool_release(pool, &busy[0].waiter, true, 2);
    assert_int_equal(count_granted(waiting, 20), 3); /* as many as it can finish in 5 ms */
    assert_int_equal(quick->in_flight, 3);
    pool_release(pool, &waiting[0].waiter, true, 0.01);
    assert_int_equal(quick->in_flight, 9);
    assert_int_equal(stuck->in_flight, 1); /* it has finished nothing */
}

static void a_slow_one_is_not(void **state)
{
    (void)state;
    struct request busy[2], waiting[4];
    struct pool *pool = busy_pool(busy, waiting, 4);
    pool_release(pool, &busy[0].waiter, true, 6);
    assert_int_equal(count_granted(waiting, 4), 1);
    pool_leave(pool, &busy[1].waiter); /* how long it would have taken is unknown */
    assert_int_equal(count_granted(waiting, 4), 2);
}

static void nothing_is_sent_ahead_if_nobody_waits(void **state)
{
    (void)state;
    struct request busy[2], late[3] = {new_request(), new_request(), new_request()};
    struct pool *pool = busy_pool(busy, NULL, 0);
    pool_set_queue_limit(pool, 2);
    pool_release(pool, &busy[0].waiter, true, 1);
    assert_int_equal(acquire(pool, &late[0]), POOL_GRANTED);
    assert_int_equal(acquire(pool, &late[1]), POOL_WAITS);
}

static struct request new_page(void)
{
    struct request page = new_request();
    page.waiter.is_page = true;
    return page;
}

static void pages_and_scripts_do_not_wait_for_each_other(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    replicas_serve_pages(pool, pool->replicas[0], 1, "/app");
    struct request page = new_page(), next_page = new_page(), last_page = new_page(),
                   too_late = new_page(), script = new_request(), next_script = new_request();
    assert_int_equal(acquire(pool, &page), POOL_GRANTED);
    assert_int_equal(acquire(pool, &next_page), POOL_WAITS);
    assert_int_equal(acquire(pool, &last_page), POOL_WAITS);
    assert_int_equal(acquire(pool, &too_late), POOL_FULL);
    assert_int_equal(acquire(pool, &script), POOL_GRANTED);
    assert_int_equal(acquire(pool, &next_script), POOL_WAITS);
    release(pool, &script);
    assert_int_equal(next_script.granted, 1);
    assert_int_equal(next_page.granted, 0);
    release(pool, &page);
    assert_int_equal(next_page.granted, 1);
    release(pool, &next_page);
    release(pool, &last_page);
    release(pool, &next_script);
    assert_int_equal(pool->replicas[0]->in_flight, 0);
    assert_int_equal(pool->replicas[0]->pages_in_flight, 0);
    assert_int_equal(pool->queued, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(requests_go_where_the_least_is_in_flight, tear_down),
        cmocka_unit_test_teardown(a_larger_replica_gets_more, tear_down),
        cmocka_unit_test_teardown(what_finds_no_worker_waits_and_is_served_in_order, tear_down),
        cmocka_unit_test_teardown(nobody_overtakes_those_that_wait, tear_down),
        cmocka_unit_test_teardown(who_leaves_the_queue_gives_up_its_place, tear_down),
        cmocka_unit_test_teardown(without_a_queue_the_time_is_that_of_a_request, tear_down),
        cmocka_unit_test_teardown(requests_for_information_take_no_place, tear_down),
        cmocka_unit_test_teardown(a_quick_replica_is_sent_some_ahead, tear_down),
        cmocka_unit_test_teardown(a_slow_one_is_not, tear_down),
        cmocka_unit_test_teardown(nothing_is_sent_ahead_if_nobody_waits, tear_down),
        cmocka_unit_test_teardown(pages_and_scripts_do_not_wait_for_each_other, tear_down),
        cmocka_unit_test_teardown(how_long_to_wait_is_told_by_how_long_requests_take, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
