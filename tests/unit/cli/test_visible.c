/* Nothing that a script or a server says controls a terminal. */
#include "test.h"

#include <locale.h>
#include <stdio.h>

#include "visible.h"

/* What is written for bytes that come in pieces of `step`. */
static char *shown(const char *bytes, size_t length, size_t step)
{
    char *text = NULL;
    size_t size;
    struct visible visible = {0};
    FILE *out = open_memstream(&text, &size);
    for (size_t at = 0; at < length; at += step)
        assert_true(
            visible_take(&visible, out, bytes + at, length - at < step ? length - at : step));
    assert_true(visible_end(&visible, out));
    fclose(out);
    return text;
}

static void control_characters_are_written_as_escapes(void **state)
{
    (void)state;
    const struct {
        const char *bytes, *text;
    } cases[] = {
        {"plain\n\ttext", "plain\n\ttext"},
        {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
        {"a\rb\r\n", "a\\rb\\r\n"},
        {"\x7f\x08", "\\x7f\\x08"},
        {"\xc2\x9b"
         "31m",
         "\\x9b31m"},
        {"äöü €😀", "äöü €😀"},
        {"\xe2\x80\xae"
         "fdp.exe",
         "\\u202efdp.exe"},
        {"\xf3\xa0\x80\x81", "\\U000e0001"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xe2\x82x", "\\xe2\\x82x"},
        {"\xe0\x80\x80", "\\xe0\\x80\\x80"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (size_t step = 1; step <= 4; step++) {
            char *text = shown(cases[i].bytes, strlen(cases[i].bytes), step);
            assert_string_equal(text, cases[i].text);
            free(text);
        }
    }
    char *null = shown("a\0b", 3, 3);
    assert_string_equal(null, "a\\x00b");
    free(null);
}

static void a_stream_writes_all_of_it_visible(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size), *stream = visible_open(out);
    setvbuf(stream, NULL, _IONBF, 0);
    fprintf(stream, "%s", "a\x1b[2J\xe2");
    fprintf(stream, "%s", "\x82\xac\xc3");
    assert_int_equal(fclose(stream), 0);
    fclose(out);
    assert_string_equal(text, "a\\x1b[2J€\\xc3");
    free(text);

    FILE *full = fopen("/dev/full", "we");
    setvbuf(full, NULL, _IONBF, 0);
    stream = visible_open(full);
    fputs("x", stream);
    assert_int_equal(fclose(stream), EOF);
    fclose(full);
}

static void texts_are_quoted_as_python_does(void **state)
{
    (void)state;
    char out[QUOTED], text[2000], half[QUOTED];
    assert_string_equal(visible_quoted(out, "a b"), "'a b'");
    assert_string_equal(visible_quoted(out, "it's"), "\"it's\"");
    assert_string_equal(visible_quoted(out, "it's \"x\""), "'it\\'s \"x\"'");
    assert_string_equal(visible_quoted(out, "a\\b\nü\x1b"), "'a\\\\b\\nü\\x1b'");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_true(strlen(visible_quoted(out, text)) < QUOTED);
    memset(half, 'x', sizeof(half));
    assert_memory_equal(out + 1, half, 400);
    assert_string_equal(out + strlen(out) - 4, "…'");
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_are_written_as_escapes),
        cmocka_unit_test(a_stream_writes_all_of_it_visible),
        cmocka_unit_test(texts_are_quoted_as_python_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
