/* What counts as an address in a setting. */
#include "test.h"

#include <stdio.h>

#include "host_port.h"

static void hosts_have_a_port_perhaps_and_ipv6_has_brackets(void **state)
{
    (void)state;
    const struct {
        const char *text, *host; /* host NULL: refused */
        unsigned port;
    } cases[] = {
        {"a", "a", 1},        {"a:80", "a", 80},    {"[::1]", "::1", 1}, {"[::1]:80", "::1", 80},
        {":80", "", 80},      {"::1", NULL, 0},     {"::1:80", NULL, 0}, {"[::1", NULL, 0},
        {"[::1]80", NULL, 0}, {"a:65536", NULL, 0}, {"a:0", NULL, 0},    {"a:", NULL, 0},
        {"a:80/", NULL, 0},   {"a:b:80", NULL, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[32], *host;
        unsigned port = 1;
        snprintf(text, sizeof(text), "%s", cases[i].text);
        bool split = host_port_split(text, &host, &port);
        if (split != (cases[i].host != NULL))
            fail_msg("%s", cases[i].text);
        if (!split)
            continue;
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
    assert_true(host_is_valid("standpy-container.example") && host_is_valid("fe80::1%eth0"));
    assert_false(host_is_valid("") || host_is_valid("a b") || host_is_valid("http://a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_have_a_port_perhaps_and_ipv6_has_brackets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
