#include "test.h"

#include "info_document.h"

static void info_is_the_guides_six_keys_in_order(void **state)
{
    (void)state;
    struct info info = {"example-project-environment", 0, 5, 762, 4};
    char *text = info_document(&info);
    assert_string_equal(text, "{\n"
                              "    \"environment\": \"example-project-environment\",\n"
                              "    \"max_requests\": null,\n"
                              "    \"timeout\": 5,\n"
                              "    \"version\": \"" STANDPY_VERSION "\",\n"
                              "    \"worker_uptime\": 762,\n"
                              "    \"workers\": 4\n"
                              "}");
    free(text);
    info.max_requests = 100;
    text = info_document(&info);
    assert_non_null(strstr(text, "\"max_requests\": 100,"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_is_the_guides_six_keys_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
