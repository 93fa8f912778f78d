#include "test.h"

#include "patience.h"

#define SECOND INT64_C(1000)

static void silence_ends_it(void **state)
{
    struct patience patience = {.moved_at = 5 * SECOND, .deadline = 30};
    (void)state;
    assert_int_equal(patience_judge(&patience, 605 * SECOND), PATIENCE_GOES_ON);
    assert_int_equal(patience_judge(&patience, 605 * SECOND + 1), PATIENCE_SILENT);
}

static void the_script_may_be_silent_as_long_as_it_runs(void **state)
{
    struct patience patience = {.moved_at = 5 * SECOND, .deadline = 30, .is_waiting = true};
    (void)state;
    assert_int_equal(patience_silence(&patience), 630);
    assert_int_equal(patience_judge(&patience, 635 * SECOND), PATIENCE_GOES_ON);
    assert_int_equal(patience_judge(&patience, 635 * SECOND + 1), PATIENCE_SILENT);
}

static void an_answer_may_be_slow_but_not_for_ever(void **state)
{
    int64_t began = 1000 * SECOND, late = began + 700 * SECOND;
    struct patience patience = {.moved_at = late, .answer_began_at = began};
    (void)state;
    patience.received = 10;
    assert_int_equal(patience_judge(&patience, began + 600 * SECOND), PATIENCE_GOES_ON);
    assert_int_equal(patience_judge(&patience, late), PATIENCE_TOO_SLOW);
    patience.received = 700 * 1024;
    assert_int_equal(patience_judge(&patience, late), PATIENCE_GOES_ON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_ends_it),
        cmocka_unit_test(the_script_may_be_silent_as_long_as_it_runs),
        cmocka_unit_test(an_answer_may_be_slow_but_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
