#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "learning.h"

static struct learning learning;

static int begin(void **state)
{
    (void)state;
    memset(&learning, 0, sizeof(learning));
    return 0;
}

static void run(uint64_t script, const char *imports)
{
    learning_note(&learning, script, slice_of(imports));
}

static void learn_by(uint64_t script, const char *name)
{
    for (unsigned i = 0; i < LEARNING_AGAIN; i++)
        run(script, name);
    assert_string_equal(learning_next(&learning), name);
    learning_passed(&learning, slice_of(name));
}

static void learn(const char *name)
{
    learn_by(1, name);
}

static const char *list(void)
{
    static char text[MODULE_NAMES_TEXT + 1];
    text[learning_list(&learning, text)] = '\0';
    return text;
}

static void three_scripts_make_a_module_worth_a_trial(void **state)
{
    (void)state;
    run(1, "a");
    run(2, "b,a");
    assert_null(learning_next(&learning));
    run(3, "a");
    assert_string_equal(learning_next(&learning), "a");
    assert_int_equal(learning_scripts(&learning, slice_of("a")), 3);
    assert_null(learning_next(&learning)); /* b was imported once */
}

static void one_script_that_runs_often_does_too(void **state)
{
    (void)state;
    run(1, "a,b.c");
    for (int i = 0; i < LEARNING_AGAIN - 2; i++)
        run(1, ""); /* the same process: it has them */
    assert_null(learning_next(&learning));
    run(2, "");
    assert_null(learning_next(&learning));
    run(1, "");
    assert_string_equal(learning_next(&learning), "a");
    assert_string_equal(learning_next(&learning), "b.c");
}

static void a_script_without_a_digest_teaches_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        run(0, "a");
    assert_null(learning_next(&learning));
}

static void only_what_passed_is_learned(void **state)
{
    (void)state;
    learn("a");
    for (unsigned i = 0; i < LEARNING_AGAIN; i++)
        run(2, "b");
    assert_string_equal(learning_next(&learning), "b");
    assert_string_equal(list(), "a");
    learning_failed(&learning, slice_of("b"));
    assert_string_equal(list(), "a");
    learning_passed(&learning, slice_of("b"));
    learning_passed(&learning, slice_of("c"));
    assert_string_equal(list(), "a");
}

static void what_failed_is_never_tried_again(void **state)
{
    (void)state;
    learn("a");
    learning_failed(&learning, slice_of("a"));
    assert_string_equal(list(), "");
    for (uint64_t i = 1; i < 100; i++)
        run(i, "a");
    assert_null(learning_next(&learning));
}

static void after_too_many_failures_nothing_is_tried(void **state)
{
    (void)state;
    for (int i = 0; i < LEARNING_FAILED; i++) {
        char name[16];
        snprintf(name, sizeof(name), "m%d", i);
        assert_false(learning_is_full(&learning));
        for (unsigned again = 0; again < LEARNING_AGAIN; again++)
            run(1, name);
        assert_string_equal(learning_next(&learning), name);
        learning_failed(&learning, slice_of(name));
    }
    assert_true(learning_is_full(&learning));
    run(1, "a"), run(2, "a"), run(3, "a");
    assert_null(learning_next(&learning));
}

static void a_lost_trial_is_repeated_once_it_is_worth_it_again(void **state)
{
    (void)state;
    run(1, "a"), run(2, "a"), run(3, "a");
    assert_non_null(learning_next(&learning));
    learning_lost(&learning);
    assert_null(learning_next(&learning));
    run(1, ""), run(2, ""), run(3, "");
    assert_string_equal(learning_next(&learning), "a");
}

static void what_is_no_longer_imported_is_forgotten(void **state)
{
    (void)state;
    learn("a");
    for (int i = 0; i < LEARNING_MEMORY; i++)
        run(7, "b");
    assert_string_equal(list(), "a");
    run(7, "b");
    assert_string_equal(list(), "");
    /* If it is learned again, it is kept for twice as long. */
    learning_failed(&learning, slice_of("b"));
    learn("a");
    for (int i = 0; i < 2 * LEARNING_MEMORY; i++)
        run(7, "b");
    assert_string_equal(list(), "a");
    run(7, "b");
    assert_string_equal(list(), "");
}

static void what_is_used_stays(void **state)
{
    (void)state;
    learn("a");
    for (int i = 0; i < 5 * LEARNING_MEMORY; i++)
        run(i % LEARNING_MEMORY == 0 ? 1 : 9, "");
    assert_string_equal(list(), "a");
}

static void counts_of_long_ago_do_not_add_up(void **state)
{
    (void)state;
    run(1, "a"), run(2, "a");
    for (int i = 0; i <= LEARNING_MEMORY; i++)
        run(7, "");
    run(3, "a");
    assert_null(learning_next(&learning));
}

static void more_names_than_a_list_may_have_are_not_learned(void **state)
{
    (void)state;
    for (int i = 0; i < MODULE_NAMES; i++) {
        char name[16];
        snprintf(name, sizeof(name), "m%d", i);
        learn_by((uint64_t)i + 1, name);
    }
    run(1, "a"), run(2, "a"), run(3, "a");
    assert_null(learning_next(&learning));
    assert_true(module_names_are_valid(slice_of(list())));
}

/* Whatever runners report, indexes stay within the table, and lists are valid. */
static void any_reports_leave_it_in_order(void **state)
{
    (void)state;
    srandom(1);
    for (int i = 0; i < 200000; i++) {
        char imports[64];
        snprintf(imports, sizeof(imports), "m%ld,n.m%ld", random() % 500, random() % 500);
        learning_note(&learning, (uint64_t)random() % 1000, slice_of(random() % 3 ? imports : ""));
        if (random() % 50 == 0) {
            const char *name = learning_next(&learning);
            if (name && random() % 8)
                learning_passed(&learning, slice_of(name));
            else if (name && random() % 4)
                learning_failed(&learning, slice_of(name));
            else
                learning_lost(&learning);
        }
        if (i % 1000 == 0)
            assert_true(module_names_are_valid(slice_of(list())));
        for (size_t s = 0; i % 1000 == 0 && s < LEARNING_SCRIPTS; s++) {
            const struct learned_script *script = &learning.scripts[s];
            assert_true(script->count <= LEARNING_EACH);
            for (size_t m = 0; m < script->count; m++)
                assert_true(learning.modules[script->modules[m]].state != MODULE_NONE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(three_scripts_make_a_module_worth_a_trial, begin),
        cmocka_unit_test_setup(one_script_that_runs_often_does_too, begin),
        cmocka_unit_test_setup(a_script_without_a_digest_teaches_nothing, begin),
        cmocka_unit_test_setup(only_what_passed_is_learned, begin),
        cmocka_unit_test_setup(what_failed_is_never_tried_again, begin),
        cmocka_unit_test_setup(after_too_many_failures_nothing_is_tried, begin),
        cmocka_unit_test_setup(a_lost_trial_is_repeated_once_it_is_worth_it_again, begin),
        cmocka_unit_test_setup(what_is_no_longer_imported_is_forgotten, begin),
        cmocka_unit_test_setup(what_is_used_stays, begin),
        cmocka_unit_test_setup(counts_of_long_ago_do_not_add_up, begin),
        cmocka_unit_test_setup(more_names_than_a_list_may_have_are_not_learned, begin),
        cmocka_unit_test_setup(any_reports_leave_it_in_order, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
