#include "test.h"

#include "near_miss.h"

static void names_that_somebody_meant_are_found(void **state)
{
    (void)state;
    const struct {
        const char *name, *meant;
        bool near;
    } cases[] = {
        {"WORKERS", "WORKERS", false},
        {"workers", "WORKERS", true},
        {"WORKER", "WORKERS", true},
        {"WOKRERS", "WORKERS", true},
        {"WORK", "WORKERS", false},
        {"CONDA_EXE", "CONDA_ENV", false},
        {"MAX-REQUESTS", "MAX_REQUESTS", true},
        {"MAX_REQUES", "MAX_REQUESTS", true},
        {"", "LISTEN", false},
        {"LISTEN_FDS", "LISTEN", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (near_miss(cases[i].name, cases[i].meant) != cases[i].near)
            fail_msg("%s for %s", cases[i].name, cases[i].meant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_somebody_meant_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
