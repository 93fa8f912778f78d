/* Characters in UTF-8. */
#include "test.h"

#include "utf8.h"

static void characters_are_written_and_read_again(void **state)
{
    (void)state;
    for (uint32_t character = 0; character <= 0x10ffff; character++) {
        if (character >= 0xd800 && character <= 0xdfff)
            continue;
        char bytes[4];
        size_t length = utf8_put(bytes, character);
        assert_int_equal(utf8_sequence(bytes, length), length);
        assert_int_equal(utf8_character(bytes, length), character);
        assert_true(length == 1 || utf8_sequence(bytes, length - 1) == 0);
    }
}

static void what_is_no_character(void **state)
{
    (void)state;
    const char *const wrong[] = {"\x80",
                                 "\xc0\x80",
                                 "\xc1\xbf",
                                 "\xe0\x9f\xbf",
                                 "\xed\xa0\x80",
                                 "\xf0\x8f\xbf\xbf",
                                 "\xf5\x80\x80\x80",
                                 "\xf4\x90\x80\x80",
                                 "\xff",
                                 "\xc3("};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(utf8_sequence(wrong[i], strlen(wrong[i])), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_written_and_read_again),
        cmocka_unit_test(what_is_no_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
