#include "test.h"

#include "service_links.h"
#include "variables.h"

static void what_kubernetes_sets_for_a_service_is_told_from_the_host_of_an_engine(void **state)
{
    (void)state;
    static const char host[] = "ENGINE_A_SERVICE_HOST=10.0.0.1";
    const struct {
        char *const *environment, *const *file;
        bool is_link;
    } cases[] = {
        {ENVIRONMENT(TEXT(host)), NULL, false},
        {ENVIRONMENT(TEXT(host), TEXT("ENGINE_A_SERVICE_PORT=8080")), NULL, true},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT(host)), ENVIRONMENT(NULL), true},
        {ENVIRONMENT(TEXT(host), TEXT("ENGINE_A_SERVICE_PORTS=8080")), NULL, false},
        {ENVIRONMENT(TEXT(host), TEXT("ENGINE_A_PORT=8080")), NULL, false},
        {ENVIRONMENT(TEXT(host), TEXT("ENGINE_B_SERVICE_PORT=8080")), NULL, false},
        {ENVIRONMENT(TEXT(host)), ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080")), false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT("ENGINE_A_SERVICE_TOKEN=x")), NULL,
         false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT("ENGINE_A_SERVICE_TOKEN_FILE=x")),
         NULL, false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT("ENGINE_A_SERVICE_QUEUE=1")), NULL,
         false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080"), TEXT("ENGINE_A_TOKEN=x")), NULL, true},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080")),
         ENVIRONMENT(TEXT("ENGINE_A_SERVICE_TOKEN=x")), false},
        {ENVIRONMENT(TEXT("ENGINE_A_SERVICE_PORT=8080")),
         ENVIRONMENT(TEXT("ENGINE_A_SERVICE_HOST=b")), false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(service_link_is_host(host, cases[i].environment, cases[i].file),
                         cases[i].is_link);
    char *const *pair = ENVIRONMENT(TEXT("ENGINE_SERVICE_PORT=1"), TEXT("ENGINE_SERVICE_HOST=h"));
    assert_true(service_link_is_host("ENGINE_SERVICE_HOST=h", pair, NULL));
    assert_false(service_link_is_host("ENGINE_HOST=h", pair, NULL));
    assert_false(service_link_is_host("_SERVICE_HOST=h", pair, NULL));
    assert_false(service_link_is_host("", pair, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_kubernetes_sets_for_a_service_is_told_from_the_host_of_an_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
