/* channel/sha256.c */
#include "test.h"

#include "sha256.h"

static void digests_are_those_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digits;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char digits[SHA256_DIGITS];
        struct sha256 sha256;
        sha256_begin(&sha256);
        for (const char *c = cases[i].text; *c; c++)
            sha256_add(&sha256, (struct slice){c, 1});
        sha256_end(&sha256, digits);
        assert_memory_equal(digits, cases[i].digits, SHA256_DIGITS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standard),
    };
    return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
