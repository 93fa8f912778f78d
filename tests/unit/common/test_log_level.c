#include "test.h"

#include "log_level.h"

static void levels_choose_which_requests_have_a_line(void **state)
{
    (void)state;
    enum log_level level;
    assert_false(log_level_parse("verbose", &level));
    assert_true(log_level_parse("info", &level));
    assert_true(log_level_has(level, 200, false));
    assert_false(log_level_has(level, 200, true));
    assert_true(log_level_has(level, 503, true));
    assert_true(log_level_parse("error", &level));
    assert_false(log_level_has(level, 499, false));
    assert_true(log_level_has(level, 500, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_choose_which_requests_have_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
