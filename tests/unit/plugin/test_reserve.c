#include "test.h"

#include "reserve.h"

static void runners_leave_an_eighth_within_bounds(void **state)
{
    (void)state;
    assert_int_equal(reserve_leaves(8000, 16, 4096), 7000);
    assert_int_equal(reserve_leaves(512, 128, 4096), 384);
    assert_int_equal(reserve_leaves(1 << 20, 16, 4096), (1 << 20) - 4096);
    assert_int_equal(reserve_leaves(UINT64_MAX, 16, 4096), UINT64_MAX);
    /* If there is hardly anything, runners get half. */
    assert_int_equal(reserve_leaves(20, 16, 4096), 11);
    assert_int_equal(reserve_leaves(1, 16, 4096), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runners_leave_an_eighth_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
