#include "test.h"

#include "accept.h"

static void the_answer_has_the_form_that_the_client_likes_best(void **state)
{
    (void)state;
    const struct {
        const char *accept;
        bool fits;
        enum answer_form form;
    } cases[] = {
        {"", true, ANSWER_JSON},
        {"*/*", true, ANSWER_JSON},
        {"application/json", true, ANSWER_JSON},
        {"APPLICATION/JSON;charset=utf-8", true, ANSWER_JSON},
        {"application/*", true, ANSWER_JSON},
        {"multipart/mixed", true, ANSWER_MULTIPART},
        {"multipart/mixed, */*;q=0.1", true, ANSWER_MULTIPART},
        {"text/html, text/*;q=0.5", true, ANSWER_CSV},
        {"text/csv;q=0.2, application/octet-stream;q=0.9", true, ANSWER_BINARY},
        {"application/vnd.apache.arrow.stream", true, ANSWER_ARROW},
        {"application/json;q=0, */*", true, ANSWER_MULTIPART},
        {"application/json;q=0", false, ANSWER_JSON},
        {"text/html", false, ANSWER_JSON},
        {"json", false, ANSWER_JSON},
        {"text/csv;q=x", false, ANSWER_JSON},
        {",,", false, ANSWER_JSON},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        enum answer_form form;
        if (accept_choose(slice_of(cases[i].accept), &form) != cases[i].fits ||
            (cases[i].fits && form != cases[i].form))
            fail_msg("%s", cases[i].accept);
    }
    enum answer_form form;
    assert_true(accept_choose((struct slice){NULL, 0}, &form));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_has_the_form_that_the_client_likes_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
