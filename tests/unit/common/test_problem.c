#include "test.h"

#include "problem.h"

static void a_problem_is_rfc_9457(void **state)
{
    (void)state;
    size_t length;
    char *text = problem_encode(PROBLEM_NOT_FOUND, "d\xff", "id", &length);
    assert_string_equal(text, "{\"type\":\"urn:standpy:problem:not-found\",\"title\":\"Not found\","
                              "\"status\":404,\"detail\":\"d\xef\xbf\xbd\",\"request_id\":\"id\"}");
    assert_int_equal(length, strlen(text));
    free(text);
    text = problem_encode(PROBLEM_DEADLINE, "", NULL, &length);
    assert_null(strstr(text, "request_id"));
    assert_non_null(strstr(text, "504"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_is_rfc_9457),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
