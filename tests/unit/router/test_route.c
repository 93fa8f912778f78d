#include "test.h"

#include "route.h"
#include "settings.h"
#include "variables.h"

static void routes_find_engine_and_rest(void **state)
{
    (void)state;
    struct engine engines[] = {{.name = TEXT("a")}, {.name = TEXT("example_testing")}};
    const struct settings settings = {.engines = engines, .engine_count = 2};
    const struct {
        const char *target, *engine, *rest; /* engine NULL: not found */
    } cases[] = {
        {"/a/execute", "a", "/execute"},
        {"/example_testing/info?x=/../y", "example_testing", "/info?x=/../y"},
        {"/example%5Ftesting/info", "example_testing", "/info"},
        {"/a/", "a", "/"},
        {"/a//info", "a", "//info"},
        {"/a/gr%C3%BCn", "a", "/gr%C3%BCn"},
        {"/a/b%20c%2Fd%5C", "a", "/b%20c%2Fd%5C"},
        {"/a/.../..x/x..", "a", "/.../..x/x.."},
        {"/a", NULL, NULL},
        {"/", NULL, NULL},
        {"", NULL, NULL},
        {"*", NULL, NULL},
        {"//a/info", NULL, NULL},
        {"/A/info", NULL, NULL},
        {"/b/info", NULL, NULL},
        {"/a/../example_testing/info", NULL, NULL},
        {"/a/%2e%2E/info", NULL, NULL},
        {"/a/.", NULL, NULL},
        {"/a/..", NULL, NULL},
        {"/a/./x", NULL, NULL},
        {"/a/x%2f..%2Fy", NULL, NULL},
        {"/a/x%2f.", NULL, NULL},
        {"/a%2f../x", NULL, NULL},
        {"/a%2finfo", NULL, NULL},
        {"/a%00/info", NULL, NULL},
        {"/a/%00", NULL, NULL},
        {"/a/x%0ay", NULL, NULL},
        {"/a/%7f", NULL, NULL},
        {"/a/%zz", NULL, NULL},
        {"/a/%4", NULL, NULL},
        {"/a/x\\y", NULL, NULL},
        {"http://b/a/info?x", "a", "/info?x"},
        {"HTTPS://b:1/a/info", "a", "/info"},
        {"http:///a/info", "a", "/info"},
        {"http://b", NULL, NULL},
        {"ftp://b/a/info", NULL, NULL},
        {"/a/info?x\ry", NULL, NULL},
        {"/a/in fo", NULL, NULL},
        {"/a/app/b%20c", "a", "/app/b%20c"},
        {"/a/app/%C3%A9", "a", "/app/%C3%A9"},
        {"/a/app/\xe9", "a", "/app/\xe9"},
        {"/a/app/b%2Fc", "a", "/app/b%2Fc"},
        {"/a/app/..b/.c/...", "a", "/app/..b/.c/..."},
        {"/a/app/b%2f..%2fc", NULL, NULL},
        {"/a/app%2F.", NULL, NULL},
        {"/a/app/.%2e/execute", NULL, NULL},
        {"/a/app/%2e", NULL, NULL},
        {"/a/app/%00", NULL, NULL},
        {"/a/app/%0a", NULL, NULL},
        {"/a/app/%7f", NULL, NULL},
        {"/a/%c3%a9%", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct route route = route_find(&settings, slice_of(cases[i].target));
        if ((route.kind == ROUTE_ENGINE) != (cases[i].engine != NULL))
            fail_msg("%s", cases[i].target);
        if (!cases[i].engine)
            continue;
        assert_string_equal(route.engine->name, cases[i].engine);
        assert_slice(route.target, cases[i].rest);
    }
    assert_int_equal(route_find(&settings, slice_of("/healthz?")).kind, ROUTE_HEALTHZ);
    assert_int_equal(route_find(&settings, slice_of("/readyz")).kind, ROUTE_READYZ);
    assert_int_equal(route_find(&settings, slice_of("/metrics")).kind, ROUTE_METRICS);
}

static void long_segments_go_on(void **state)
{
    (void)state;
    struct engine engines[] = {{.name = TEXT("a")}};
    const struct settings settings = {.engines = engines, .engine_count = 1};
    char target[2000] = "/a/";
    memset(target + 3, 'x', sizeof(target) - 4);
    struct route route = route_find(&settings, slice_of(target));
    assert_int_equal(route.kind, ROUTE_ENGINE);
    assert_slice(route.target, target + 2);
}

static void paths_of_the_application_are_compared_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *target, *mount;
        bool is_under;
    } cases[] = {
        {"/app", "/app", true},
        {"/app?x", "/app", true},
        {"/app/", "/app", true},
        {"/app/a%2fb", "/app", true},
        {"/%61pp/x", "/app", true},
        {"/apple", "/app", false},
        {"/x?/app/", "/app", false},
        {"/", "/app", false},
        {"/", "/", true},
        {"/x", "/", true},
        {"/execute/", "/", true},
        {"/execute", "/", false},
        {"/%65xecute", "/", false},
        {"/execut%65?x", "/", false},
        {"/info", "/", false},
        {"/healthz", "/", false},
        {"/metric%73", "/", false},
        {"/execute", "/execute", false},
        {"/app/%", "/app", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (route_is_under(slice_of(cases[i].target), cases[i].mount) != cases[i].is_under)
            fail_msg("%s %s", cases[i].mount, cases[i].target);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_find_engine_and_rest),
        cmocka_unit_test(long_segments_go_on),
        cmocka_unit_test(paths_of_the_application_are_compared_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
