#include "test.h"

#include "landlock.h"

static void an_older_landlock_lacks_what_later_ones_added(void **state)
{
    (void)state;
    assert_null(sandbox_lacks(6));
    assert_null(sandbox_lacks(9));
    assert_string_equal(sandbox_lacks(5),
                        "signals to other processes of its user, and abstract sockets");
    assert_non_null(strstr(sandbox_lacks(4), "ioctl"));
    assert_null(strstr(sandbox_lacks(4), "truncating"));
    assert_non_null(strstr(sandbox_lacks(1), "truncating"));
    assert_non_null(strstr(sandbox_lacks(1), "signals"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_landlock_lacks_what_later_ones_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
