/* common/http_status.c */
#include "test.h"

#include "http_status.h"
#include "problem.h"

static void every_status_that_is_sent_has_a_phrase(void **state)
{
    (void)state;
    assert_string_equal(http_reason(200), "OK");
    for (int kind = 0; kind <= PROBLEM_GATEWAY_TIMEOUT; kind++)
        assert_string_not_equal(http_reason(problem_status((enum problem_kind)kind)), "Status");
}

static void an_unknown_status_has_a_phrase_too(void **state)
{
    (void)state;
    const int unknown[] = {-1, 0, 99, 306, STATUS_CLIENT_CLOSED_REQUEST, 599, 1 << 30};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
        assert_string_equal(http_reason(unknown[i]), "Status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_that_is_sent_has_a_phrase),
        cmocka_unit_test(an_unknown_status_has_a_phrase_too),
    };
    return cmocka_run_group_tests_name("http_status", tests, NULL, NULL);
}
