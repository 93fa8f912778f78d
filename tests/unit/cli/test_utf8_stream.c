#include "test.h"

#include "utf8_stream.h"

static bool is_valid(const char *text, size_t piece)
{
    struct utf8_stream stream = {0};
    for (size_t i = 0, length = strlen(text); i < length; i += piece)
        utf8_stream_take(&stream,
                         (struct slice){text + i, length - i < piece ? length - i : piece});
    return utf8_stream_is_valid(&stream);
}

static void pieces_make_no_difference(void **state)
{
    static const char *const valid[] = {"", "abc", "\xc3\xbc", "a\xe2\x82\xac\xf0\x9f\x98\x80z"};
    static const char *const invalid[] = {"\xff",         "\xc3",     "a\xe2\x82",
                                          "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80",
                                          "\x80",         "\xc3(",    "\xf0\x9f\x98z"};
    (void)state;
    for (size_t piece = 1; piece < 6; piece++) {
        for (size_t i = 0; i < sizeof(valid) / sizeof(*valid); i++)
            assert_true(is_valid(valid[i], piece));
        for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++)
            assert_false(is_valid(invalid[i], piece));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_make_no_difference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
