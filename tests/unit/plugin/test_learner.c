/* front/learner.c: what is tried and wished for, and when. learner_stage.c plays the rest. */
#include "test.h"

#include <stdio.h>

#include "learner_stage.h"
#include "timeouts.h"

/* From a first import to a successor */

static void a_module_that_is_often_imported_is_tried_wished_for_and_met(void **state)
{
    (void)state;
    assert_int_equal(learner_next_timeout(), TIMEOUT_NEVER);
    import_often("a");
    assert_int_equal(asked_count, 0); /* not between two requests, but a moment later */
    pass(1);
    assert_int_equal(asked_count, 1);
    assert_null(new_wish());
    end_trial("a", TRIAL_PASSED, "");
    assert_int_equal(shared.metrics.trials_passed, 1);
    pass(1);
    assert_wish("a");
    assert_int_equal(learner_count(), 0);
    successor("json;a");
    assert_int_equal(learner_count(), 1);
    assert_int_equal(shared.metrics.successions, 1);
    assert_string_equal(
        lines, "learned: scripts often import a, so the next zygote imports it in advance\n"
               "imported in advance from now on: a; set PRELOAD=json,a to do so from the start\n");
    pass(1);
    assert_int_equal(learner_next_timeout(), TIMEOUT_NEVER);
    pass(1000);
    assert_null(new_wish());
    assert_int_equal(asked_count, 1);
}

static void without_preload_the_line_names_only_what_was_learned(void **state)
{
    (void)state;
    import_until_it_passed("a");
    pass(1);
    successor(";a");
    assert_logged_once("from now on: a; set PRELOAD=a to do so");
}

static void one_trial_at_a_time_and_one_wish_for_all_that_passed(void **state)
{
    (void)state;
    import_often("a,b");
    pass(2);
    assert_int_equal(asked_count, 1);
    end_trial("a", TRIAL_PASSED, "");
    pass(2);
    assert_int_equal(asked_count, 2);
    assert_null(new_wish()); /* b may pass soon */
    end_trial("b", TRIAL_PASSED, "");
    pass(1);
    assert_wish("a,b");
}

static void a_wish_does_not_wait_for_trials_for_ever(void **state)
{
    (void)state;
    import_until_it_passed("a");
    for (int i = 0; i < 59; i++) { /* one trial after another */
        char name[16];
        snprintf(name, sizeof(name), "m%d", i);
        import_often(name);
        pass(1);
        assert_null(new_wish());
        end_trial(name, TRIAL_FAILED, "it prints");
    }
    import_often("last");
    pass(2);
    assert_string_equal(asked, "last");
    assert_wish("a");
}

static void half_a_minute_lies_between_two_wishes(void **state)
{
    (void)state;
    import_until_it_passed("a");
    pass(1);
    assert_wish("a");
    successor(";a");
    import_until_it_passed("b");
    pass(27);
    assert_null(new_wish());
    pass(3);
    assert_wish("a,b");
}

static void a_successor_that_takes_long_is_not_wished_for_twice(void **state)
{
    (void)state;
    import_until_it_passed("a");
    pass(1);
    assert_wish("a");
    pass(140);
    assert_null(new_wish());
    pass(15); /* it has failed by now */
    assert_wish("a");
}

static void a_module_that_is_no_longer_used_is_not_in_the_next_wish(void **state)
{
    (void)state;
    import_until_it_passed("a");
    pass(1);
    assert_wish("a");
    successor(";a");
    for (int i = 0; i <= LEARNING_MEMORY; i++)
        learner_note(2, slice_of(""));
    pass(30);
    assert_wish("");
    successor(";");
    assert_int_equal(learner_count(), 0);
    assert_logged_once("learned modules are no longer imported in advance");
}

/* Failures */

static void what_fails_its_trial_is_named_once_and_never_tried_again(void **state)
{
    (void)state;
    import_often("a");
    pass(1);
    end_trial("a", TRIAL_FAILED, "it prints");
    assert_int_equal(shared.metrics.trials_failed, 1);
    for (int i = 0; i < 5; i++) {
        import_often("a");
        pass(100);
    }
    assert_int_equal(asked_count, 1);
    assert_null(new_wish());
    assert_string_equal(lines, "the module a is not imported in advance, because it prints; it is "
                               "not tried again until the engine restarts\n");
}

static void what_a_successor_lacks_is_named_once_and_not_wished_for_again(void **state)
{
    (void)state;
    import_often("a,b");
    pass(1);
    end_trial("a", TRIAL_PASSED, "");
    pass(1);
    end_trial("b", TRIAL_PASSED, "");
    pass(1);
    assert_wish("a,b");
    successor(";a");
    assert_logged_once("the module b failed in the new zygote");
    assert_null(strstr(lines, "the module a"));
    import_often("a,b");
    pass(100);
    assert_null(new_wish());
    assert_int_equal(asked_count, 2);
    import_until_it_passed("c");
    pass(1);
    assert_wish("a,c");
    successor(";a,c");
    assert_logged_once("the module b failed in the new zygote");
}

static void after_too_many_failures_a_line_says_so_once(void **state)
{
    (void)state;
    for (int i = 0; i < LEARNING_FAILED; i++) {
        char name[16];
        snprintf(name, sizeof(name), "m%d", i);
        import_often(name);
        pass(1);
        lines[0] = '\0';
        end_trial(name, TRIAL_FAILED, "it prints");
    }
    assert_null(strstr(lines, "have failed"));
    pass(1);
    assert_logged_once("1024 modules have failed their trials; no other module is tried until the "
                       "engine restarts");
    import_often("a");
    pass(100);
    assert_int_equal(asked_count, LEARNING_FAILED);
    assert_logged_once("have failed their trials");
}

static void a_lost_trial_is_repeated_once_the_module_is_worth_it_again(void **state)
{
    (void)state;
    import_often("a");
    pass(1);
    end_trial("a", TRIAL_LOST, "");
    pass(100);
    assert_int_equal(asked_count, 1);
    import_often("a");
    pass(1);
    assert_int_equal(asked_count, 2);
    assert_string_equal(lines, "");
    assert_int_equal(shared.metrics.trials_passed + shared.metrics.trials_failed, 0);
}

static void a_trial_without_an_end_keeps_no_other_from_being_tried(void **state)
{
    (void)state;
    import_often("a");
    pass(1);
    import_often("b");
    pass(28);
    assert_string_equal(asked, "a");
    pass(3);
    end_trial("b", TRIAL_PASSED, "");
    pass(1);
    assert_wish("b");
}

static void nothing_is_tried_without_a_zygote(void **state)
{
    (void)state;
    zygote_ready = false;
    import_often("a");
    pass(1);
    assert_int_equal(asked_count, 0);
    zygote_ready = true;
    zygote_listens = false;
    learner_note(1, slice_of(""));
    pass(1);
    assert_int_equal(asked_count, 1);
    zygote_listens = true;
    import_often("a");
    pass(1);
    assert_int_equal(asked_count, 2);
}

#define TEST(name) cmocka_unit_test_setup(name, stage_begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_module_that_is_often_imported_is_tried_wished_for_and_met),
        TEST(without_preload_the_line_names_only_what_was_learned),
        TEST(one_trial_at_a_time_and_one_wish_for_all_that_passed),
        TEST(a_wish_does_not_wait_for_trials_for_ever),
        TEST(half_a_minute_lies_between_two_wishes),
        TEST(a_successor_that_takes_long_is_not_wished_for_twice),
        TEST(a_module_that_is_no_longer_used_is_not_in_the_next_wish),
        TEST(what_fails_its_trial_is_named_once_and_never_tried_again),
        TEST(what_a_successor_lacks_is_named_once_and_not_wished_for_again),
        TEST(after_too_many_failures_a_line_says_so_once),
        TEST(a_lost_trial_is_repeated_once_the_module_is_worth_it_again),
        TEST(a_trial_without_an_end_keeps_no_other_from_being_tried),
        TEST(nothing_is_tried_without_a_zygote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
