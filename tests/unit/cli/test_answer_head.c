#include "test.h"

#include <stdio.h>

#include "answer_head.h"

static bool take(struct answer_head *head, const char *text, struct sentence *why)
{
    while (*text) {
        size_t length = strcspn(text, "\n") + 1;
        if (!answer_head_take(head, (struct slice){text, length}, why))
            return false;
        text += length;
    }
    return true;
}

static void fields_are_found_whatever_their_case(void **state)
{
    char media_type[256];
    struct answer_head head = {0};
    struct sentence why;
    (void)state;
    assert_true(take(&head,
                     "HTTP/1.1 503 Service Unavailable\r\ncontent-TYPE: Application/Problem+JSON; "
                     "charset=x\r\nRetry-After:  7 \r\nX: y\r\nContent-Length: 12\r\n"
                     "StandPy-Kept: a\r\nstandpy-kept: b\r\n\r\n",
                     &why));
    assert_true(head.is_complete);
    assert_int_equal(head.status, 503);
    assert_string_equal(head.reason, "Service Unavailable");
    assert_string_equal(head.retry_after, "7");
    assert_string_equal(head.kept, "a, b");
    assert_int_equal(head.length, 12);
    assert_string_equal(answer_head_media_type(&head, media_type), "application/problem+json");
}

static void interim_answers_and_trailers_are_none(void **state)
{
    struct answer_head head = {0};
    struct sentence why;
    (void)state;
    assert_true(
        take(&head, "HTTP/1.1 103 Early\r\nLocation: /x\r\nContent-Length: 5\r\n\r\n", &why));
    assert_false(head.is_complete);
    assert_true(take(&head, "HTTP/1.0 200\r\n\r\nContent-Type: text/html\r\n\r\n", &why));
    assert_true(head.is_complete);
    assert_int_equal(head.status, 200);
    assert_int_equal(head.length, -1);
    assert_string_equal(head.location, "");
    assert_string_equal(head.content_type, "");
}

static void other_protocols_are_refused(void **state)
{
    static const char *const lines[] = {"HTTP/2.0 200 OK\r\n",  "HTTP/2 200\r\n",
                                        "HTTP/1.1\r\n",         "HTTP/1.1 20 OK\r\n",
                                        "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 099 OK\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct answer_head head = {0};
        struct sentence why;
        assert_false(take(&head, lines[i], &why));
        assert_non_null(strstr(why.text, "HTTP/"));
    }
}

static void a_length_that_others_read_differently_is_refused(void **state)
{
    static const char *const fields[] = {"Content-Length: abc\r\n",
                                         "Content-Length: -5\r\n",
                                         "Content-Length: 1234567890123456789\r\n",
                                         "Content-Length: 5\r\nContent-Length: 6\r\n",
                                         "Transfer-Encoding: gzip\r\n",
                                         "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"};
    char text[200];
    struct sentence why;
    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        struct answer_head head = {0};
        snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%s\r\n", fields[i]);
        assert_false(take(&head, text, &why));
    }
    struct answer_head head = {0};
    assert_true(take(&head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", &why));
    assert_int_equal(head.length, -1);
    assert_false(take(&(struct answer_head){0}, "HTTP/1.1 101 X\r\n\r\n", &why));
    assert_string_equal(why.text, "it switches protocols");
}

static void a_head_is_bounded(void **state)
{
    char line[1000], media_type[256];
    struct answer_head head = {0};
    struct sentence why;
    (void)state;
    memset(line, 'a', sizeof(line));
    memcpy(line, "Content-Type: ", 14);
    line[998] = '\r';
    line[999] = '\n';
    for (int i = 0; i < 65; i++)
        assert_true(answer_head_take(&head, (struct slice){line, sizeof(line)}, &why));
    assert_int_equal(strlen(head.content_type), sizeof(head.content_type) - 1);
    answer_head_media_type(&head, media_type);
    assert_false(answer_head_take(&head, (struct slice){line, sizeof(line)}, &why));
    assert_non_null(strstr(why.text, "too large"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_whatever_their_case),
        cmocka_unit_test(interim_answers_and_trailers_are_none),
        cmocka_unit_test(other_protocols_are_refused),
        cmocka_unit_test(a_length_that_others_read_differently_is_refused),
        cmocka_unit_test(a_head_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
