#include "test.h"

#include "timeouts.h"

static int passed;

static void note_passed(struct timeout *timeout)
{
    (void)timeout;
    passed++;
}

static void what_is_due_passes_in_order(void **state)
{
    (void)state;
    struct timeout_list list = {.duration = 10, .passed = note_passed};
    struct timeout one = {0}, two = {0}, three = {0};
    assert_true(timeouts_next(&list) == TIMEOUT_NEVER);
    timeout_start(&list, &one, 0);
    timeout_start(&list, &two, 5);
    timeout_start(&list, &three, 6);
    assert_int_equal(timeouts_next(&list), 10);
    timeouts_pass(&list, 9);
    assert_int_equal(passed, 0);
    timeout_start(&list, &one, 8); /* started again, so it is now the last one */
    assert_int_equal(timeouts_next(&list), 15);
    timeout_stop(&two);
    timeout_stop(&two);
    timeouts_pass(&list, 16);
    assert_int_equal(passed, 1);
    assert_ptr_equal(list.oldest, &one);
    timeouts_pass(&list, 18);
    assert_int_equal(passed, 2);
    assert_null(list.oldest);
    assert_null(list.youngest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_due_passes_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
