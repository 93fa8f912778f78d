#include "test.h"

#include "prefer.h"

static void the_clients_patience_is_read_from_prefer(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        int seconds;
    } cases[] = {
        {"wait=10", 10},
        {"respond-async, wait=10", 10},
        {"wait = 3 , handling=lenient", 3},
        {"WAIT=\"7\"; x=y", 7},
        {"wait=0", 0},
        {"wait=1, wait=9", 1},
        {"wait=99999999999999999999", 86400},
        {"wait", -1},
        {"wait=", -1},
        {"wait=-1", -1},
        {"wait=1.5", -1},
        {"wait=\"", -1},
        {"await=5", -1},
        {"", -1},
        {",,;=", -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (prefer_wait(slice_of(cases[i].field)) != cases[i].seconds)
            fail_msg("%s", cases[i].field);
    }
    assert_int_equal(prefer_wait((struct slice){NULL, 0}), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clients_patience_is_read_from_prefer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
