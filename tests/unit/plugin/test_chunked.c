/* front/chunked.c: a chunked body, however it is cut into pieces. */
#include "test.h"

#include "chunked.h"

/* Takes the text apart in pieces of that size; returns the state. */
static enum chunked_state take(const char *text, size_t step, char *out, size_t *rest)
{
    struct chunked chunked = {0};
    struct slice left = slice_of(text);
    while (left.length > 0 && chunked.state < CHUNKED_END) {
        struct slice piece = {left.data, left.length < step ? left.length : step};
        size_t before = piece.length;
        struct slice content = chunked_take(&chunked, &piece);
        memcpy(out, content.data, content.length);
        out += content.length;
        left.data += before - piece.length;
        left.length -= before - piece.length;
    }
    *out = '\0';
    *rest = left.length;
    return chunked.state;
}

static void chunks_are_joined_however_they_come(void **state)
{
    (void)state;
    char out[64];
    size_t rest;
    static const char text[] =
        "4\r\nWiki\r\n005;a=b\r\npedia\r\nA \r\n0123456789\r\n0\r\nX: y\r\nZ:\r\n\r\nnext";
    for (size_t step = 1; step < sizeof(text); step++) {
        assert_int_equal(take(text, step, out, &rest), CHUNKED_END);
        assert_string_equal(out, "Wikipedia0123456789");
        assert_int_equal(rest, 4);
    }
    assert_int_equal(take("0\r\n\r\n", 1, out, &rest), CHUNKED_END);
    assert_string_equal(out, "");
}

static void an_unclear_body_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "\r\n",     "x\r\n",        "-1\r\n",       "+1\r\n", "0x1\r\n", "1\n",
        "1\r\nab",  "1\r\na\n",     "1\r\na\r\r\n", " 1\r\n", ";a\r\n",  "1;a\n",
        "0\r\nX\n", "0\r\nX\r\r\n", "0\r\n\rX",     "1\rX",   "1_\r\n",  "fffffffffffffffff\r\n",
    };
    char out[64];
    size_t rest;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        assert_int_equal(take(refused[i], 100, out, &rest), CHUNKED_MALFORMED);
}

static void what_nobody_reads_is_bounded(void **state)
{
    (void)state;
    char out[64];
    size_t rest;
    static char text[10000] = "1;";
    memset(text + 2, 'a', sizeof(text) - 3);
    assert_int_equal(take(text, 100, out, &rest), CHUNKED_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_joined_however_they_come),
        cmocka_unit_test(an_unclear_body_is_refused),
        cmocka_unit_test(what_nobody_reads_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
