/* router/engine/holdings.c, and how the pool chooses by it. */
#include "test.h"

#include "pool_requests.h"

static struct content_numbers one(uint64_t number)
{
    return (struct content_numbers){.count = 1, .numbers = {number}};
}

static void digests_of_a_list_are_taken_and_others_ignored(void **state)
{
    (void)state;
    struct content_numbers contents = {0};
    content_numbers_add(&contents, slice_of("000000000000000a000000000000000000000000000000000000"
                                            "000000000000, 000000000000000b0000000000000000000000"
                                            "00000000000000000000000000"));
    content_numbers_add(&contents, slice_of("what is no digest"));
    assert_int_equal(contents.count, 2);
    assert_int_equal(contents.numbers[0], 10);
    assert_int_equal(contents.numbers[1], 11);
}

static void what_a_replica_holds_is_remembered_until_it_is_forgotten(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 2, 1);
    const struct replica *first = pool->replicas[0], *second = pool->replicas[1];
    const struct content_numbers both = {2, {7, 8}}, other = one(8);
    pool_note_contents(pool, first, &both);
    pool_note_contents(pool, first, &both);
    assert_int_equal(holdings_count(&pool->holdings, first, &both), 2);
    assert_int_equal(holdings_count(&pool->holdings, second, &both), 0);
    pool_note_contents(pool, second, &other);
    pool_forget_contents(pool, first, &other);
    assert_int_equal(holdings_count(&pool->holdings, first, &both), 1);
    assert_int_equal(holdings_count(&pool->holdings, second, &both), 1);
}

static void the_table_is_of_fixed_size_and_the_oldest_go(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 1, 1);
    const struct replica *replica = pool->replicas[0];
    for (uint64_t i = 0; i <= HOLDINGS_WAYS; i++) {
        const struct content_numbers contents = one(5 + i * HOLDINGS_SETS);
        pool_note_contents(pool, replica, &contents);
    }
    const struct content_numbers first = one(5), second = one(5 + HOLDINGS_SETS);
    assert_int_equal(holdings_count(&pool->holdings, replica, &first), 0);
    assert_int_equal(holdings_count(&pool->holdings, replica, &second), 1);
}

static void a_request_goes_where_its_contents_are_even_if_others_are_freer(void **state)
{
    (void)state;
    struct pool *pool = pool_with("e", 3, 2);
    const struct content_numbers contents = one(42);
    pool_note_contents(pool, pool->replicas[2], &contents);
    struct request requests[3];
    for (size_t i = 0; i < 3; i++) {
        requests[i] = new_request();
        requests[i].waiter.contents = &contents;
        assert_int_equal(acquire(pool, &requests[i]), POOL_GRANTED);
    }
    assert_ptr_equal(requests[0].waiter.replica, pool->replicas[2]);
    assert_ptr_equal(requests[1].waiter.replica, pool->replicas[2]);
    assert_ptr_not_equal(requests[2].waiter.replica, pool->replicas[2]); /* it is full */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_of_a_list_are_taken_and_others_ignored),
        cmocka_unit_test_teardown(what_a_replica_holds_is_remembered_until_it_is_forgotten,
                                  tear_down),
        cmocka_unit_test_teardown(the_table_is_of_fixed_size_and_the_oldest_go, tear_down),
        cmocka_unit_test_teardown(a_request_goes_where_its_contents_are_even_if_others_are_freer,
                                  tear_down),
    };
    return cmocka_run_group_tests_name("holdings", tests, NULL, NULL);
}
