/* When a request's body goes on to the engine, depending on what has come of it. */
#include "test.h"

#include "body.h"

#define RING ((int64_t)RING_CAPACITY)

static char bytes[3 * RING_CAPACITY];
static uint64_t in_the_socket; /* bytes that the client's socket has */
static struct refusal refusal;

static uint64_t ready(void *client)
{
    (void)client;
    return in_the_socket;
}

static struct body body_of(int64_t length, bool is_chunked)
{
    struct body body = BODY_EMPTY;
    body.buffer_limit = 16 * RING_CAPACITY;
    body.ready = ready;
    in_the_socket = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)('a' + i % 23);
    body_begin(&body, length, is_chunked);
    return body;
}

/* The engine's side gets exactly what came. */
static void assert_gives(struct body *body, size_t from, size_t length)
{
    static char given[sizeof(bytes)];
    size_t got = 0;
    for (size_t more; (more = body_give(body, given + got, sizeof(given) - got)) > 0;)
        got += more;
    assert_int_equal(got, length);
    assert_memory_equal(given, bytes + from, length);
}

static void a_small_body_goes_on_when_it_is_whole_in_one_piece(void **state)
{
    (void)state;
    struct body body = body_of(10, false);
    size_t taken;
    assert_true(body_is_announced(&body));
    assert_int_equal(body_receive(&body, bytes, 4, &taken, &refusal), STEP_TAKE);
    assert_null(body_in_one_piece(&body));
    assert_int_equal(body_receive(&body, bytes + 4, 6, &taken, &refusal), STEP_TAKE);
    assert_int_equal(body_end(&body), STEP_START);
    assert_memory_equal(body_in_one_piece(&body), bytes, 10);
    body_finish(&body);
}

static void a_request_without_a_body_goes_on_at_once(void **state)
{
    (void)state;
    struct body body = body_of(-1, false);
    assert_false(body_is_announced(&body));
    assert_int_equal(body_end(&body), STEP_START);
    assert_null(body_in_one_piece(&body));
    assert_int_equal(body.length, -1);
}

static void a_body_that_just_fits_is_still_a_small_one(void **state)
{
    (void)state;
    struct body body = body_of(RING, false);
    size_t taken;
    in_the_socket = RING_CAPACITY;
    assert_int_equal(body_receive(&body, bytes, RING_CAPACITY, &taken, &refusal), STEP_TAKE);
    assert_int_equal(body_end(&body), STEP_START);
    assert_non_null(body_in_one_piece(&body));
    body_finish(&body);
}

static void a_large_body_of_a_client_that_is_ahead_is_streamed(void **state)
{
    (void)state;
    struct body body = body_of(2 * RING, false);
    size_t taken;
    in_the_socket = RING_CAPACITY;
    assert_int_equal(body_receive(&body, bytes, RING_CAPACITY + 5, &taken, &refusal), STEP_START);
    assert_int_equal(taken, RING_CAPACITY);
    assert_int_equal(body.state, BODY_STREAMS);
    assert_int_equal(body_receive(&body, bytes, 5, &taken, &refusal), STEP_WAIT);
    assert_int_equal(taken, 0);
    assert_gives(&body, 0, RING_CAPACITY);
    assert_int_equal(body_receive(&body, bytes + RING_CAPACITY, RING_CAPACITY, &taken, &refusal),
                     STEP_TAKE);
    assert_int_equal(body_end(&body), STEP_TAKE);
    assert_gives(&body, RING_CAPACITY, RING_CAPACITY);
    body_finish(&body);
}

static void a_large_body_of_a_slow_client_is_collected_until_it_is_whole(void **state)
{
    (void)state;
    struct body body = body_of(2 * RING, false);
    size_t taken;
    assert_int_equal(body_receive(&body, bytes, RING_CAPACITY + 5, &taken, &refusal), STEP_TAKE);
    assert_int_equal(taken, RING_CAPACITY + 5);
    assert_int_equal(body.state, BODY_COLLECTS);
    size_t rest = RING_CAPACITY - 5;
    assert_int_equal(body_receive(&body, bytes + taken, rest, &taken, &refusal), STEP_TAKE);
    assert_int_equal(body_end(&body), STEP_START);
    assert_gives(&body, 0, 2 * RING_CAPACITY);
    body_finish(&body);
}

static void a_slow_client_that_catches_up_is_streamed(void **state)
{
    (void)state;
    struct body body = body_of(3 * RING, false);
    size_t taken;
    assert_int_equal(body_receive(&body, bytes, RING_CAPACITY + 5, &taken, &refusal), STEP_TAKE);
    in_the_socket = RING_CAPACITY;
    assert_int_equal(body_receive(&body, bytes + taken, 5, &taken, &refusal), STEP_START);
    assert_int_equal(taken, 5);
    assert_int_equal(body_receive(&body, bytes + RING_CAPACITY + 10, 5, &taken, &refusal),
                     STEP_TAKE);
    assert_gives(&body, 0, RING_CAPACITY + 15); /* what was collected comes first */
    body_finish(&body);
}

static void without_memory_a_large_body_is_streamed_at_the_clients_pace(void **state)
{
    (void)state;
    struct body body = body_of(2 * RING, false);
    size_t taken;
    body.buffer_limit = 0;
    assert_int_equal(body_receive(&body, bytes, RING_CAPACITY, &taken, &refusal), STEP_START);
    assert_int_equal(body.state, BODY_STREAMS);
    body_finish(&body);
}

static void a_chunked_body_has_its_length_when_it_is_whole(void **state)
{
    (void)state;
    struct body body = body_of(-1, true);
    size_t taken;
    in_the_socket = RING_CAPACITY; /* it is collected even so */
    assert_true(body_is_announced(&body));
    assert_int_equal(body_receive(&body, bytes, 2 * RING_CAPACITY, &taken, &refusal), STEP_TAKE);
    assert_int_equal(body_end(&body), STEP_START);
    assert_int_equal(body.length, 2 * RING);
    assert_gives(&body, 0, 2 * RING_CAPACITY);
    body_finish(&body);
}

static void a_chunked_body_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct body body = body_of(-1, true);
    size_t taken;
    body.size_limit = 10;
    assert_int_equal(body_receive(&body, bytes, 10, &taken, &refusal), STEP_TAKE);
    assert_int_equal(body_receive(&body, bytes, 1, &taken, &refusal), STEP_REFUSE);
    assert_int_equal(refusal.kind, PROBLEM_TOO_LARGE);
    assert_string_equal(refusal.detail, "the request has more than the limit of 10 bytes");
    assert_int_equal(taken, 1);
    body_finish(&body);
}

static void what_nobody_wants_is_counted_up_to_a_bound(void **state)
{
    (void)state;
    struct body body = body_of(10, false);
    assert_true(body_discard(&body, 7));
    assert_int_equal(body.received, 7);
    assert_false(body_discard(&body, (size_t)4 << 30));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_body_goes_on_when_it_is_whole_in_one_piece),
        cmocka_unit_test(a_request_without_a_body_goes_on_at_once),
        cmocka_unit_test(a_body_that_just_fits_is_still_a_small_one),
        cmocka_unit_test(a_large_body_of_a_client_that_is_ahead_is_streamed),
        cmocka_unit_test(a_large_body_of_a_slow_client_is_collected_until_it_is_whole),
        cmocka_unit_test(a_slow_client_that_catches_up_is_streamed),
        cmocka_unit_test(without_memory_a_large_body_is_streamed_at_the_clients_pace),
        cmocka_unit_test(a_chunked_body_has_its_length_when_it_is_whole),
        cmocka_unit_test(a_chunked_body_over_the_limit_is_refused),
        cmocka_unit_test(what_nobody_wants_is_counted_up_to_a_bound),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ring_free_spares();
    return failed;
}
