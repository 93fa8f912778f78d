#include "test.h"

#include "plain_head.h"

#define GET "GET /app HTTP/1.1\r\n"

static void heads_are_copied_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head, *copy; /* copy NULL: it is malformed */
    } cases[] = {
        {GET "Host: h\r\n\r\n", GET "Host: h\r\n\r\n"},
        {"\r\n\r\n" GET "Host: h\r\n\r\n", GET "Host: h\r\n\r\n"},
        {GET "Host:h\r\nX:  a b\t \r\n\r\n", GET "Host:h\r\nX: a b\r\n\r\n"},
        {GET "Host:\r\nX:\r\n\r\n", GET "Host:\r\nX:\r\n\r\n"},
        {GET "Host: h\r\nX-A: \xe9\r\n\r\n", GET "Host: h\r\nX-A: \xe9\r\n\r\n"},
        {GET "Host: h\r\nContent_Length: 3\r\nX_Y: z\r\nX-Y: w\r\n\r\n",
         GET "Host: h\r\nX-Y: w\r\n\r\n"},
        {GET "Host: h\r\nCookie:  a=1\r\nX: y\r\ncookie: b=2\r\nCOOKIE:c=3\r\n\r\n",
         GET "Host: h\r\nCookie:a=1; b=2; c=3\r\nX: y\r\n\r\n"},
        {GET "Host: h\r\nCookie:\r\nCookie: a\r\nCookie: \r\n\r\n",
         GET "Host: h\r\nCookie:a\r\n\r\n"},
        {GET "Host: h\r\nCookie: a\r\nCookie: b\x01\r\n\r\n", NULL},
        {"GET /%41%c3?%ff HTTP/1.1\r\nHost: h\r\n\r\n",
         "GET /%41%c3?%ff HTTP/1.1\r\nHost: h\r\n\r\n"},
        {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"},
        {"GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n",
         "GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n"},
        {GET "\r\n", NULL},
        {GET "Host: h\r\nhost: h\r\n\r\n", NULL},
        {"GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n", NULL},
        {GET "Host: h\r\nX : y\r\n\r\n", NULL},
        {GET "Host: h\r\n X: y\r\n\r\n", NULL},
        {GET "Host: h\r\nX: y\r\n folded\r\n\r\n", NULL},
        {GET "Host: h\r\nX: a\x01\r\n\r\n", NULL},
        {GET "Host: h\r\nX: a\rb\r\n\r\n", NULL},
        {GET "Host: h\r\nX: a\x7f\r\n\r\n", NULL},
        {GET "Host: h\r\nX\xe9: a\r\n\r\n", NULL},
        {GET "Host: h\r\nX\r\n\r\n", NULL},
        {GET "Host: h\r\n: a\r\n\r\n", NULL},
        {"GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n", NULL},
        {"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", NULL},
        {"GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", NULL},
        {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", NULL},
        {"GET / a HTTP/1.1\r\nHost: h\r\n\r\n", NULL},
        {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", NULL},
        {"GET /\r\nHost: h\r\n\r\n", NULL},
        {"G(T / HTTP/1.1\r\nHost: h\r\n\r\n", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct slice head = slice_of(cases[i].head);
        size_t length = 0;
        char copy[200];
        assert_int_equal(plain_head_find(head, 0, &length), PLAIN_HEAD_WHOLE);
        assert_int_equal(length, head.length);
        size_t copied = plain_head_copy(head, copy);
        assert_true(copied <= head.length);
        if ((copied > 0) != (cases[i].copy != NULL))
            fail_msg("%s", cases[i].head);
        if (copied > 0)
            assert_slice(((struct slice){copy, copied}), cases[i].copy);
    }
}

static void the_end_is_found_however_the_bytes_come(void **state)
{
    (void)state;
    static const char text[] = "\r\n" GET "Host: h\r\n\r\nGET";
    size_t whole = sizeof(text) - 4, length = 0;
    for (size_t seen = 0; seen < whole; seen++) {
        for (size_t came = seen; came < whole; came++)
            assert_int_equal(plain_head_find((struct slice){text, came}, seen, &length),
                             PLAIN_HEAD_MORE);
        assert_int_equal(plain_head_find(slice_of(text), seen, &length), PLAIN_HEAD_WHOLE);
        assert_int_equal(length, whole);
    }
    assert_int_equal(plain_head_find(slice_of("\n"), 0, &length), PLAIN_HEAD_MALFORMED);
    assert_int_equal(plain_head_find(slice_of("GET / HTTP/1.1\nHo"), 15, &length),
                     PLAIN_HEAD_MALFORMED);
    assert_int_equal(plain_head_find(slice_of("\r\n\r\n\r\n"), 0, &length), PLAIN_HEAD_MORE);
}

static void a_nul_is_refused(void **state)
{
    (void)state;
    static const char text[] = GET "Host: h\r\nX: a\0b\r\n\r\n";
    char copy[sizeof(text)];
    assert_int_equal(plain_head_copy((struct slice){text, sizeof(text) - 1}, copy), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_copied_or_refused),
        cmocka_unit_test(the_end_is_found_however_the_bytes_come),
        cmocka_unit_test(a_nul_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
