/* Floats as Python's repr writes them. */
#include "test.h"

#include <math.h>

#include "float_text.h"

static void floats_are_as_short_as_they_can_be(void **state)
{
    (void)state;
    const struct {
        double number;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3.0, "0.3333333333333333"},
        {100.0, "100.0"},
        {123456.789, "123456.789"},
        {1e15, "1000000000000000.0"},
        {9007199254740993.0, "9007199254740992.0"},
        {1e16, "1e+16"},
        {1.5e16, "1.5e+16"},
        {1e22, "1e+22"},
        {1e-4, "0.0001"},
        {0.00012345, "0.00012345"},
        {1e-5, "1e-05"},
        {-1.5e-300, "-1.5e-300"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5.684341886080802e-14, "5.684341886080802e-14"}, /* 2 to the power of -44 */
        {HUGE_VAL, "Infinity"},
        {-HUGE_VAL, "-Infinity"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char out[FLOAT_TEXT];
        assert_string_equal(float_text(out, cases[i].number), cases[i].text);
    }
}

static void numbers_of_json(void **state)
{
    (void)state;
    bool is_float;
    const char *const integers[] = {"0", "-0", "12", "-7", "123456789012345678901234567890"};
    const char *const floats[] = {"0.5", "-1e5", "1E+5", "1.25e-10"};
    const char *const wrong[] = {"",    "-",  "01",  "1.", ".5",   "1e",
                                 "1e+", "+1", "0x1", "1a", "1.5.5"};
    for (size_t i = 0; i < sizeof(integers) / sizeof(*integers); i++)
        assert_true(float_text_reads(integers[i], &is_float) && !is_float);
    for (size_t i = 0; i < sizeof(floats) / sizeof(*floats); i++)
        assert_true(float_text_reads(floats[i], &is_float) && is_float);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_false(float_text_reads(wrong[i], &is_float));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_are_as_short_as_they_can_be),
        cmocka_unit_test(numbers_of_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
