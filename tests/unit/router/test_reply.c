/* The states of a reply, and what of it the client may have. */
#include "test.h"

#include "reply.h"

static void from_engine(struct reply *reply, int status, int64_t length)
{
    *reply = REPLY_EMPTY;
    reply->status = status;
    reply_head_ends(reply, length);
}

static void a_small_reply_is_sent_when_it_is_whole(void **state)
{
    (void)state;
    struct reply reply;
    from_engine(&reply, 200, 2);
    assert_false(reply_is_ready(&reply));
    assert_true(download_take(&reply.download, "ok", 2, 0));
    assert_null(reply_body(&reply).data);
    reply_ends(&reply);
    assert_true(reply_is_ready(&reply));
    assert_slice(reply_body(&reply), "ok");
    reply_begin(&reply);
    assert_int_equal(reply.state, REPLY_ENDS);
    reply_finish(&reply);
}

static void a_large_reply_is_sent_as_it_comes(void **state)
{
    (void)state;
    struct reply reply;
    from_engine(&reply, 200, (int64_t)RING_CAPACITY + 1);
    assert_true(reply_is_ready(&reply));
    reply_begin(&reply);
    assert_int_equal(reply.state, REPLY_FLOWS);
    reply_ends(&reply);
    assert_int_equal(reply.state, REPLY_ENDS);
    from_engine(&reply, 200, -1); /* of unknown length */
    assert_true(reply_is_ready(&reply));
}

static void a_refusal_takes_the_place_of_a_reply_that_has_not_begun(void **state)
{
    (void)state;
    struct reply reply;
    struct refusal refusal;
    from_engine(&reply, 200, 10);
    assert_true(download_take(&reply.download, "half", 4, 0));
    refuse(&refusal, PROBLEM_ENGINE_BROKE, "it broke");
    refusal.retry_after = 3;
    reply_with_refusal(&reply, &refusal, "the-id");
    assert_int_equal(reply.status, 502);
    assert_int_equal(reply.retry_after, 3);
    assert_true(download_is_empty(&reply.download));
    assert_non_null(strstr(reply_body(&reply).data, "\"detail\":\"it broke\""));
    assert_non_null(strstr(reply_body(&reply).data, "\"request_id\":\"the-id\""));
    reply_finish(&reply);
}

static void an_error_needs_no_more_of_the_requests_body(void **state)
{
    (void)state;
    struct reply reply;
    from_engine(&reply, 413, 10);
    assert_true(reply_is_final(&reply));
    from_engine(&reply, 200, 10);
    assert_false(reply_is_final(&reply));
    reply_cut(&reply);
    assert_true(reply_is_final(&reply));
    assert_null(reply_body(&reply).data);
}

static void fields_of_one_hop_stay_on_it(void **state)
{
    (void)state;
    struct reply reply = REPLY_EMPTY;
    size_t position = 0;
    const char *name, *value;
    assert_true(reply_add_field(&reply, slice_of("X-Kept"), slice_of("1")));
    assert_true(reply_add_field(&reply, slice_of("Keep-Alive"), slice_of("2")));
    assert_true(reply_add_field(&reply, slice_of("Connection"), slice_of("x-named")));
    assert_true(field_list_next(&reply.fields, &position, &name, &value));
    assert_string_equal(name, "X-Kept");
    assert_false(field_list_next(&reply.fields, &position, &name, &value));
    assert_string_equal(reply.options, "x-named,");
    reply_finish(&reply);
}

static void a_slow_client_has_the_engine_wait_until_memory_takes_the_rest(void **state)
{
    (void)state;
    static char much[RING_CAPACITY];
    struct download download = DOWNLOAD_EMPTY;
    const uint64_t limit = 8 * RING_CAPACITY;
    assert_true(download_take(&download, much, sizeof(much), limit));
    assert_false(download_take(&download, "b", 1, limit));
    assert_int_equal(download.state, DOWNLOAD_BLOCKED);
    assert_false(download_relieve(&download, true, 3 * RING_CAPACITY, limit)); /* no room */
    assert_true(download_relieve(&download, true, 1, limit));
    assert_true(download_take(&download, "b", 1, limit));
    assert_int_equal(download_give(&download, much, sizeof(much)), RING_CAPACITY);
    assert_int_equal(download_give(&download, much, sizeof(much)), 1);
    assert_true(much[0] == 'b' && download_is_empty(&download));
    download_finish(&download);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_reply_is_sent_when_it_is_whole),
        cmocka_unit_test(a_large_reply_is_sent_as_it_comes),
        cmocka_unit_test(a_refusal_takes_the_place_of_a_reply_that_has_not_begun),
        cmocka_unit_test(an_error_needs_no_more_of_the_requests_body),
        cmocka_unit_test(fields_of_one_hop_stay_on_it),
        cmocka_unit_test(a_slow_client_has_the_engine_wait_until_memory_takes_the_rest),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ring_free_spares();
    return failed;
}
