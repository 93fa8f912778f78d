/* front/page_head.c: which fields the application's answer may have, and the head made of them. */
#include "test.h"

#include "page_head.h"

static bool reads(const char *text)
{
    struct page_fields fields;
    return page_fields_read(slice_of(text), &fields);
}

static void fields_are_taken_as_they_are(void **state)
{
    (void)state;
    struct page_fields fields;
    assert_true(page_fields_read(
        slice_of("OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 12\r\n"), &fields));
    assert_true(slice_equals(fields.phrase, "OK"));
    assert_true(fields.has_length);
    assert_int_equal(fields.length, 12);
    assert_false(fields.has_request_id);
    assert_true(page_fields_read(slice_of("\r\n"), &fields));
    assert_int_equal(fields.phrase.length, 0);
    assert_false(fields.has_length);
    assert_true(reads("OK\r\nX: \xe9\t,\r\n"));
}

static void a_field_never_ends_its_line(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "OK",
        "OK\n",
        "OK\r\nX: a",
        "OK\r\nX: a\n",
        "OK\r\nX: a\rb\r\n",
        "OK\r\nX: a\r\n b\r\n",
        "OK\r\n\r\n",
        "OK\r\nX\r\n",
        "OK\r\n: a\r\n",
        "OK\r\nX : a\r\n",
        "OK\r\nX: \x7f\r\n",
        "O\x01K\r\n",
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        assert_false(reads(refused[i]));
}

static void the_connection_is_not_the_applications(void **state)
{
    (void)state;
    assert_false(reads("OK\r\nConnection: close\r\n"));
    assert_false(reads("OK\r\ntransfer-encoding: chunked\r\n"));
    assert_false(reads("OK\r\nUpgrade: websocket\r\n"));
    assert_false(reads("OK\r\nKeep-Alive: timeout=5\r\n"));
    assert_true(reads("OK\r\nTE-Y: x\r\n"));
}

static void a_length_is_one_number(void **state)
{
    (void)state;
    assert_false(reads("OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n"));
    assert_false(reads("OK\r\nContent-Length: 1, 1\r\n"));
    assert_false(reads("OK\r\nContent-Length: +1\r\n"));
    assert_false(reads("OK\r\nContent-Length: \r\n"));
    assert_false(reads("OK\r\nContent-Length: 99999999999999999999\r\n"));
}

static void expect_head(const char *text, const struct page_head *page, const char *expected)
{
    char head[1024];
    struct page_fields fields;
    assert_true(page_fields_read(slice_of(text), &fields));
    size_t length = page_head_write(head, &fields, page);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(head, expected, length);
}

static void the_head_says_where_the_body_ends(void **state)
{
    (void)state;
    struct page_head page = {
        .status = 200, .request_id = "id", .framing = PAGE_CHUNKED, .keep = true};
    expect_head("Fine\r\nA: b\r\n", &page,
                "HTTP/1.1 200 Fine\r\nA: b\r\nTransfer-Encoding: chunked\r\nX-Request-Id: "
                "id\r\n\r\n");
    page = (struct page_head){.status = 200,
                              .request_id = "id",
                              .framing = PAGE_LENGTH,
                              .adds_length = true,
                              .length = 5,
                              .keep = true};
    expect_head("OK\r\n", &page,
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Request-Id: id\r\n\r\n");
    page = (struct page_head){.status = 204, .request_id = "id", .framing = PAGE_EMPTY};
    expect_head("No Content\r\nX-Request-Id: own\r\n", &page,
                "HTTP/1.1 204 No Content\r\nX-Request-Id: own\r\nConnection: close\r\n\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_taken_as_they_are),
        cmocka_unit_test(a_field_never_ends_its_line),
        cmocka_unit_test(the_connection_is_not_the_applications),
        cmocka_unit_test(a_length_is_one_number),
        cmocka_unit_test(the_head_says_where_the_body_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
