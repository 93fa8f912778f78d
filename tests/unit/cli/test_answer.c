#include "test.h"

#include <stdio.h>

#include "answer.h"

#define ENDPOINT "http://router/example"
#define PARTS    "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"

/* What an answer becomes; the result and the failure are the caller's. */
static bool take(enum answer_wanted wanted, const char *head, const char *body,
                 struct result *result, struct failure *failure)
{
    struct destinations nowhere = {NULL, 0};
    struct answer_head parsed = {0};
    struct answer answer;
    struct sentence why;
    while (*head) {
        size_t length = strcspn(head, "\n") + 1;
        assert_true(answer_head_take(&parsed, (struct slice){head, length}, &why));
        head += length;
    }
    assert_true(parsed.is_complete);
    answer_init(&answer, wanted, ENDPOINT, &nowhere, result);
    bool came = answer_take_head(&answer, &parsed, failure);
    for (; came && *body; body++)
        came = answer_take_body(&answer, (struct slice){body, 1}, failure);
    bool fine = answer_end(&answer, came, failure);
    answer_finish(&answer);
    return fine;
}

static void add_part(char *body, const char *media_type, const char *content)
{
    sprintf(body + strlen(body), "--b\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s\r\n",
            media_type, strlen(content), content);
}

static void outputs_wait_in_their_order(void **state)
{
    char body[4096] = "";
    struct result result = {0};
    struct failure failure = {0};
    (void)state;
    add_part(body, "application/json",
             "{\"outputs\": [{\"type\": \"value\"}, {\"type\": \"table\"}, {\"type\": \"file\"}, "
             "{\"type\": \"object\"}, {\"type\": \"collection\"}], \"stdout\": \"a\\u0000b\"}");
    add_part(body, "application/json", "[1.50, \"\xc3\xbc\"]");
    add_part(body, "text/csv", "a,b\n");
    add_part(body, "application/octet-stream", "\xff");
    add_part(body, "application/x-python-pickle", "K\x01.");
    add_part(body, "application/vnd.standpy.collection+json", "[]");
    strcat(body, "--b--\r\n");
    assert_true(take(ANSWER_PARTS, PARTS, body, &result, &failure));
    assert_int_equal(result.count, 5);
    for (size_t i = 0; i < OUTPUT_KINDS; i++)
        assert_int_equal(result.outputs[i].kind, i);
    assert_int_equal(result.outputs[1].spool.size, 4);
    assert_true(result.outputs[1].is_text);
    assert_false(result.outputs[2].is_text);
    assert_int_equal(result_text(&result, "stdout").length, 3);
    assert_int_equal(result_text(&result, "none").length, 0);
    result_finish(&result);
}

static void wrong_parts_are_named(void **state)
{
    static const struct {
        const char *report, *media_type, *content, *says;
    } cases[] = {
        {"[", "", "", "its report is no JSON"},
        {"[1]", "", "", "its report names no outputs"},
        {"{\"outputs\": [1]}", "", "", "its report names no outputs"},
        {"{\"outputs\": []}", "text/csv", "", "more parts than its report says"},
        {"{\"outputs\": [{}]}", "text/csv", "", "an output of type ''"},
        {"{\"outputs\": [{\"type\": \"table\"}]}", "text/html", "", "a table of type 'text/html'"},
        {"{\"outputs\": [{\"type\": \"table\"}]}", "text/csv", "\xff",
         "table cannot be read: it is not UTF-8"},
        {"{\"outputs\": [{\"type\": \"value\"}]}", "application/json", "[1",
         "value cannot be read: it is no JSON"},
        {"{\"outputs\": [{\"type\": \"value\"}]}", "application/json", "",
         "value cannot be read: it is no JSON"},
        {"{\"outputs\": [{\"type\": \"value\"}]}", NULL, NULL, "it has 0 of 1 outputs"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char body[2048] = "";
        struct result result = {0};
        struct failure failure = {0};
        add_part(body, "application/json", cases[i].report);
        if (cases[i].media_type)
            add_part(body, cases[i].media_type, cases[i].content);
        strcat(body, "--b--\r\n");
        assert_false(take(ANSWER_PARTS, PARTS, body, &result, &failure));
        assert_int_equal(failure.kind, FAILURE_UNREACHABLE);
        assert_non_null(strstr(failure.sentence.text, cases[i].says));
        assert_non_null(strstr(failure.sentence.text, "cannot be read"));
        result_finish(&result);
    }
}

static void what_is_cut_may_have_run(void **state)
{
    char body[1024] = "";
    struct result result = {0};
    struct failure failure = {0};
    (void)state;
    add_part(body, "application/json", "{\"outputs\": []}");
    assert_false(take(ANSWER_PARTS, PARTS, body, &result, &failure));
    assert_non_null(strstr(failure.sentence.text, "was cut"));
    assert_non_null(strstr(failure.sentence.text, "may have run"));
    result_finish(&result);
    assert_false(take(ANSWER_PARTS, PARTS, "--b--\r\n", &result, &failure));
    assert_non_null(strstr(failure.sentence.text, "does not begin with a report"));
    result_finish(&result);
}

static void other_answers_are_not_from_standpy(void **state)
{
    static const struct {
        enum answer_wanted wanted;
        const char *head, *body, *says;
        enum failure_kind kind;
    } cases[] = {
        {ANSWER_PARTS, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<title>Hello</title>",
         "a page in HTML, titled 'Hello'", FAILURE_UNREACHABLE},
        {ANSWER_PARTS, "HTTP/1.1 403 Forbidden\r\n\r\n", "", "something without a type",
         FAILURE_REFUSED},
        {ANSWER_JSON, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "x",
         "something of type text/plain", FAILURE_UNREACHABLE},
        {ANSWER_PARTS, "HTTP/1.1 301 Moved\r\nLocation: http://other/\r\n\r\n", "",
         "points to 'http://other/'", FAILURE_UNREACHABLE},
        {ANSWER_PARTS,
         "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n"
         "Content-Encoding: gzip\r\n\r\n",
         "", "encoding 'gzip'", FAILURE_UNREACHABLE},
        {ANSWER_PARTS, "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed\r\n\r\n", "",
         "without a boundary", FAILURE_UNREACHABLE},
        {ANSWER_PARTS, "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n", "",
         "10,737,418,240", FAILURE_REFUSED},
        {ANSWER_JSON,
         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n",
         "", "99,999,999 bytes of JSON", FAILURE_REFUSED},
        {ANSWER_JSON, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", "[]",
         "cannot be read", FAILURE_UNREACHABLE},
        {ANSWER_PARTS, "HTTP/1.1 404 X\r\nContent-Type: application/problem+json\r\n\r\n",
         "{\"type\": \"urn:standpy:problem:not-found\"}", "no engine at", FAILURE_REFUSED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct result result = {0};
        struct failure failure = {0};
        assert_false(take(cases[i].wanted, cases[i].head, cases[i].body, &result, &failure));
        assert_non_null(strstr(failure.sentence.text, cases[i].says));
        assert_int_equal(failure.kind, cases[i].kind);
        failure_clear(&failure);
        result_finish(&result);
    }
}

static void a_page_ends_where_no_title_can_be(void **state)
{
    static char body[200000];
    struct result result = {0};
    struct failure failure = {0};
    (void)state;
    memset(body, 'a', sizeof(body) - 1);
    assert_false(take(ANSWER_PARTS, "HTTP/1.1 500 X\r\nContent-Type: text/html\r\n\r\n", body,
                      &result, &failure));
    assert_non_null(strstr(failure.sentence.text, "with a page in HTML, which"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_wait_in_their_order),
        cmocka_unit_test(wrong_parts_are_named),
        cmocka_unit_test(what_is_cut_may_have_run),
        cmocka_unit_test(other_answers_are_not_from_standpy),
        cmocka_unit_test(a_page_ends_where_no_title_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
