#include "test.h"

#include <locale.h>

#include "failure.h"
#include "problem_text.h"

#define ENDPOINT "http://router/example"

static void become(struct failure *failure, const char *text, int status, const char *retry_after)
{
    json_t *problem = json_loads(text, 0, NULL);
    assert_non_null(problem);
    assert_false(problem_text_fail(failure, problem, status, retry_after, ENDPOINT));
    json_decref(problem);
}

static void problems_become_sentences(void **state)
{
    static const struct {
        int status;
        const char *problem, *sentence;
        enum failure_kind kind;
    } cases[] = {
        {422, "{\"title\": \"Failed\", \"traceback\": \"T\", \"exception\": {\"type\": \"E\"}}",
         "Failed", FAILURE_SCRIPT},
        {422, "{\"detail\": \" \u00f6utputs cannot be sent \"}", "\xc3\x96utputs cannot be sent.",
         FAILURE_SCRIPT},
        {502, "{\"type\": \"urn:standpy:problem:script-died\", \"detail\": \"it died!\"}",
         "It died!", FAILURE_SCRIPT},
        {504, "{\"type\": \"urn:standpy:problem:deadline-exceeded\", \"detail\": \"too late\"}",
         "Too late.", FAILURE_DEADLINE},
        {503, "{\"type\": \"urn:standpy:problem:unavailable\"}",
         ENDPOINT " is busy: It does not say why.", FAILURE_BUSY},
        {502, "{\"type\": \"urn:standpy:problem:engine-unreachable\", \"title\": \"no\"}",
         "The router cannot reach the engine: No. The script did not run.", FAILURE_UNREACHABLE},
        {401, "{\"type\": \"urn:standpy:problem:unauthorized\", \"detail\": \"no\"}",
         ENDPOINT " wants a token, and refused this one or found none: No. Ask your administrator "
                  "for the token.",
         FAILURE_REFUSED},
        {400, "{}", ENDPOINT " refused the request (400): It does not say why.", FAILURE_REFUSED},
        {500, "{\"type\": \"urn:standpy:problem:internal\"}",
         "The engine itself failed: It does not say why. The script may have run, so the request "
         "was not repeated.",
         FAILURE_UNREACHABLE},
        {507, "{\"type\": [], \"detail\": {}}",
         "The engine answered 507 with a problem that this client does not know (no type): It does "
         "not say why. "
         "The script may have run, so the request was not repeated.",
         FAILURE_UNREACHABLE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct failure failure = {0};
        become(&failure, cases[i].problem, cases[i].status, "");
        assert_string_equal(failure.sentence.text, cases[i].sentence);
        assert_int_equal(failure.kind, cases[i].kind);
        failure_clear(&failure);
        assert_int_equal(failure.kind, FAILURE_NONE);
    }
}

static void only_what_did_not_run_has_a_retry_after(void **state)
{
    struct failure failure = {0};
    (void)state;
    become(&failure, "{\"type\": \"urn:standpy:problem:unavailable\"}", 503, "7");
    assert_int_equal(failure.retry_after, 7);
    become(&failure, "{\"type\": \"urn:standpy:problem:engine-unreachable\"}", 502, "2");
    assert_int_equal(failure.retry_after, 2);
    become(&failure, "{\"type\": \"urn:standpy:problem:unavailable\"}", 503, "Wed, 21 Oct 2026");
    assert_int_equal(failure.retry_after, 0);
    become(&failure, "{\"type\": \"urn:standpy:problem:engine-broke\"}", 502, "7");
    assert_int_equal(failure.retry_after, 0);
    failure_clear(&failure);
}

static void types_are_known_without_their_urn(void **state)
{
    struct failure failure = {0};
    (void)state;
    assert_false(problem_text_is(&failure, "contents-missing"));
    become(&failure, "{\"type\": \"urn:standpy:problem:contents-missing\", \"detail\": \"x\"}", 409,
           "");
    assert_true(problem_text_is(&failure, "contents-missing"));
    failure_clear(&failure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problems_become_sentences),
        cmocka_unit_test(only_what_did_not_run_has_a_retry_after),
        cmocka_unit_test(types_are_known_without_their_urn),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
