#include "test.h"

#include "size.h"

static void sizes_are_digits_and_a_unit(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint64_t bytes; /* 0: refused */
    } cases[] = {
        {"1", 1},
        {"500k", 512000},
        {"1m", 1048576},
        {"2G", 2147483648},
        {"0", 0},
        {"", 0},
        {"1kb", 0},
        {"-1", 0},
        {" 1", 0},
        {"1.5m", 0},
        {"k", 0},
        {"1t", 0},
        {"9223372036854775807", 9223372036854775807},
        {"9223372036854775808", 0},
        {"8589934592g", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint64_t bytes = 0;
        assert_int_equal(size_parse(cases[i].text, &bytes), cases[i].bytes != 0);
        assert_int_equal(bytes, cases[i].bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_digits_and_a_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
