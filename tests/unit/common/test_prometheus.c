/* common/prometheus.c */
#include "test.h"

#include <stdio.h>

#include "prometheus.h"

static void a_title_is_two_comments_and_a_label_is_escaped(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    prometheus_title(out, "a_total", "counter", "What is counted.");
    prometheus_label(out, "a\"b\\c\nd");
    fclose(out);
    assert_string_equal(text, "# HELP a_total What is counted.\n"
                              "# TYPE a_total counter\n"
                              "a\\\"b\\\\c\\nd");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_title_is_two_comments_and_a_label_is_escaped),
    };
    return cmocka_run_group_tests_name("prometheus", tests, NULL, NULL);
}
