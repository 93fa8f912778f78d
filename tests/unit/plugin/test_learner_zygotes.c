/* front/learner.c: zygotes that come without learned modules, and new fronts. */
#include "test.h"

#include "learner_stage.h"
#include "timeouts.h"

#define SECOND INT64_C(1000000000)

/* Zygotes that are no successors */

/* Learned modules that end each zygote come back later each time. */
static void after_each_relapse_the_next_wish_waits_twice_as_long(void **state)
{
    (void)state;
    int64_t last = 0;
    import_until_it_passed("a");
    for (int i = 0; i < 10; i++) {
        const char *wish;
        while (!(wish = new_wish()))
            pass(1);
        assert_string_equal(wish, "a");
        int64_t expected = 30 << (i - 1 < 7 ? i - 1 : 7);
        if (i > 0)
            assert_in_range((now - last) / SECOND, expected - 1, expected + 1);
        last = now;
        successor(";a");
        learner_meet(slice_of(";"), false);
        assert_int_equal(learner_count(), 0);
        import_often("a"); /* otherwise it is forgotten one day */
    }
    assert_int_equal(shared.metrics.successions, 10);
}

static void a_relapse_is_said(void **state)
{
    (void)state;
    import_until_it_passed("a");
    pass(1);
    successor(";a");
    lines[0] = '\0';
    learner_meet(slice_of(";"), false);
    assert_string_equal(
        lines,
        "the zygote died soon after its start, so the next one imports no learned modules\n");
    assert_int_equal(shared.metrics.successions, 1);
}

static void a_new_front_takes_the_zygote_as_it_is(void **state)
{
    (void)state;
    learner_meet(slice_of("numpy;a,b"), false);
    assert_int_equal(learner_count(), 2);
    assert_string_equal(lines, "");
    assert_int_equal(shared.metrics.successions, 0);
}

static void a_trial_of_an_earlier_front_is_lost(void **state)
{
    (void)state;
    import_often("a");
    pass(1);
    learner_set_up(&engine);
    pass(100);
    assert_int_equal(asked_count, 1);
    import_often("a");
    pass(1);
    assert_int_equal(asked_count, 2);
}

static void a_list_that_is_not_valid_is_ignored(void **state)
{
    (void)state;
    successor("numpy");
    successor(";a b");
    successor(";a,");
    assert_int_equal(learner_count(), 0);
    assert_int_equal(shared.metrics.successions, 0);
    assert_string_equal(lines, "");
}

static void if_learning_is_off_nothing_happens(void **state)
{
    (void)state;
    engine.learns = false;
    learner_set_up(&engine);
    import_often("a");
    assert_int_equal(learner_next_timeout(), TIMEOUT_NEVER);
    assert_int_equal(shared.learning.requests, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, stage_begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(after_each_relapse_the_next_wish_waits_twice_as_long),
        TEST(a_relapse_is_said),
        TEST(a_new_front_takes_the_zygote_as_it_is),
        TEST(a_trial_of_an_earlier_front_is_lost),
        TEST(a_list_that_is_not_valid_is_ignored),
        TEST(if_learning_is_off_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
