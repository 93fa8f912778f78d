#include "test.h"

#include "log_level.h"

static void levels_choose_which_requests_have_a_line(void **state)
{
    (void)state;
    assert_true(log_level_has(LOG_LEVEL_DEBUG, 200, true));
    assert_true(log_level_has(LOG_LEVEL_INFO, 200, false));
    assert_false(log_level_has(LOG_LEVEL_INFO, 200, true));
    assert_true(log_level_has(LOG_LEVEL_INFO, 503, true));
    assert_false(log_level_has(LOG_LEVEL_WARNING, 200, false));
    assert_false(log_level_has(LOG_LEVEL_ERROR, 499, false));
    assert_true(log_level_has(LOG_LEVEL_ERROR, 500, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_choose_which_requests_have_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
