/* What counts as a number in a setting. */
#include "test.h"

#include "number.h"

static void numbers_are_up_to_nine_digits(void **state)
{
    (void)state;
    const struct {
        const char *text;
        bool allowed;
    } cases[] = {{"1", true},   {"64", true},   {"064", true},        {"65", false},  {"0", false},
                 {"-1", false}, {"+1", false},  {" 1", false},        {"1.0", false}, {"", false},
                 {"1x", false}, {"0x1", false}, {"0000000001", false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unsigned number = 77;
        if (number_parse(cases[i].text, 1, 64, &number) != cases[i].allowed)
            fail_msg("%s", cases[i].text);
        assert_true(cases[i].allowed || number == 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_up_to_nine_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
