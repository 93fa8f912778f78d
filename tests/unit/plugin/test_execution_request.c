#include "test.h"

#include "decoded.h"

static void a_script_may_have_4_mebibytes(void **state)
{
    (void)state;
    char *script = malloc(MAX_SCRIPT_SIZE + 1);
    memset(script, '#', MAX_SCRIPT_SIZE + 1);
    struct decoded decoded = {0};
    execution_request_init(&decoded.request);
    assert_true(decode_script_request(&decoded.request, (struct slice){script, MAX_SCRIPT_SIZE},
                                      &decoded.error));
    decoded.ok = decode_script_request(&decoded.request,
                                       (struct slice){script, MAX_SCRIPT_SIZE + 1}, &decoded.error);
    assert_refused(decoded, PROBLEM_TOO_LARGE, "4194304 bytes");
    free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_may_have_4_mebibytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
