#include "test.h"

#include "grouped.h"

static void thousands_have_commas(void **state)
{
    char text[GROUPED];
    (void)state;
    assert_string_equal(grouped(text, 0), "0");
    assert_string_equal(grouped(text, 999), "999");
    assert_string_equal(grouped(text, 1000), "1,000");
    assert_string_equal(grouped(text, INT64_C(10737418240)), "10,737,418,240");
    assert_string_equal(grouped(text, INT64_MAX), "9,223,372,036,854,775,807");
    assert_string_equal(grouped(text, -123456), "-123,456");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(thousands_have_commas)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
