#include "test.h"

#include <stdio.h>

#include "multipart_stream.h"

#define TYPE "multipart/mixed; boundary=b"

struct log {
    char text[4096];
    size_t used;
    int events_left; /* -1: no bound */
};

static bool say(struct log *log, const char *data, size_t length)
{
    assert_true(log->used + length < sizeof(log->text));
    memcpy(log->text + log->used, data, length);
    log->used += length;
    log->text[log->used] = '\0';
    return true;
}

static bool begin(void *context, const char *media_type, uint64_t length)
{
    char text[300];
    struct log *log = context;
    int count = snprintf(text, sizeof(text), "[%s %llu:", media_type, (unsigned long long)length);
    if (log->events_left == 0)
        return false;
    log->events_left--;
    return say(log, text, (size_t)count);
}

static bool content(void *context, struct slice piece)
{
    return say(context, piece.data, piece.length);
}

static bool end(void *context)
{
    return say(context, "]", 1);
}

static const struct multipart_stream_events events = {begin, content, end};

/* Takes the body in pieces of that size. */
static bool take(struct multipart_stream *stream, struct log *log, const char *body, size_t piece)
{
    bool taken = true;
    memset(log, 0, sizeof(*log));
    log->events_left = -1;
    assert_true(multipart_stream_init(stream, TYPE, &events, log));
    for (size_t i = 0, length = strlen(body); taken && i < length; i += piece)
        taken = multipart_stream_take(
            stream, (struct slice){body + i, length - i < piece ? length - i : piece});
    return taken;
}

static void parts_come_in_any_pieces(void **state)
{
    static const char body[] = "--b\r\nContent-Type: Application/JSON; x=y\r\nContent-Length: 2\r\n"
                               "\r\n{}\r\n--b\r\ncontent-length: 0\r\n\r\n\r\n"
                               "--b\r\nContent-Length: 7\r\nX: y\r\n\r\n\r\n--b--\r\n--b--\r\nrest";
    struct multipart_stream stream;
    struct log log;
    (void)state;
    for (size_t piece = 1; piece < sizeof(body); piece++) {
        assert_true(take(&stream, &log, body, piece));
        assert_int_equal(stream.state, MULTIPART_STREAM_DONE);
        assert_string_equal(log.text, "[application/json 2:{}][ 0:][ 7:\r\n--b--]");
    }
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *body, *flaw;
    } cases[] = {
        {"--c\r\n", "does not begin with the boundary"},
        {"--bb\r\n", "does not begin with the boundary"},
        {"--\r\n", "does not begin with the boundary"},
        {"\r\n", "does not begin with the boundary"},
        {"--b\r\n\r\n", "has no Content-Length"},
        {"--b\r\nContent-Length: x\r\n\r\n", "no number"},
        {"--b\r\nContent-Length: -1\r\n\r\n", "no number"},
        {"--b\r\nContent-Length:\r\n\r\n", "no number"},
        {"--b\r\nContent-Length: 1234567890123456789\r\n\r\n", "no number"},
        {"--b\r\nContent-Length: 1\r\n\r\nxy", NULL},
        {"--b\r\nContent-Length: 1\r\n\r\nxyz\r\n", "longer than its Content-Length"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct multipart_stream stream;
        struct log log;
        bool taken = take(&stream, &log, cases[i].body, 1000);
        assert_int_equal(taken, cases[i].flaw == NULL);
        if (cases[i].flaw)
            assert_non_null(strstr(stream.flaw, cases[i].flaw));
        assert_int_not_equal(stream.state, MULTIPART_STREAM_DONE);
    }
}

static void heads_are_bounded(void **state)
{
    static char body[200000];
    struct multipart_stream stream;
    struct log log;
    (void)state;
    memset(body, 'a', sizeof(body) - 1);
    assert_false(take(&stream, &log, body, 1000));
    assert_non_null(strstr(stream.flaw, "too long"));
    strcpy(body, "--b\r\n");
    for (size_t i = 0; i < 2000; i++)
        strcat(body, "X-Something: aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    assert_false(take(&stream, &log, body, 1000));
    assert_non_null(strstr(stream.flaw, "too large"));
}

static void a_stream_ends_if_an_event_says_so(void **state)
{
    struct multipart_stream stream;
    struct log log = {.events_left = 0};
    (void)state;
    assert_true(multipart_stream_init(&stream, TYPE, &events, &log));
    assert_false(
        multipart_stream_take(&stream, slice_of("--b\r\nContent-Length: 1\r\n\r\nx\r\n--b--\r\n")));
    assert_null(stream.flaw);
    assert_false(multipart_stream_take(&stream, slice_of("x")));
    assert_string_equal(log.text, "");
}

static void boundaries_stand_in_the_content_type(void **state)
{
    static const char *const wrong[] = {
        "multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=\"\"",
        "multipart/mixed; xboundary=b", "; boundary=\x01"};
    struct multipart_stream stream;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_false(multipart_stream_init(&stream, wrong[i], &events, NULL));
        assert_non_null(strstr(stream.flaw, "without a boundary"));
    }
    assert_true(multipart_stream_init(&stream, "multipart/mixed; a=b;Boundary=\"x y\"; c=d",
                                      &events, NULL));
    assert_string_equal(stream.boundary, "--x y");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_come_in_any_pieces),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(heads_are_bounded),
        cmocka_unit_test(a_stream_ends_if_an_event_says_so),
        cmocka_unit_test(boundaries_stand_in_the_content_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
