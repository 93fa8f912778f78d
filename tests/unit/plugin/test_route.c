#include "test.h"

#include "route.h"

static enum route route(const char *method, const char *path, const char **allow)
{
    *allow = NULL;
    return route_find(slice_of(method), slice_of(path), NULL, allow);
}

static void paths_and_methods_are_exact(void **state)
{
    (void)state;
    const char *allow;
    assert_int_equal(route("POST", "/execute", &allow), ROUTE_EXECUTE);
    assert_int_equal(route("GET", "/info", &allow), ROUTE_INFO);
    assert_int_equal(route("HEAD", "/healthz", &allow), ROUTE_HEALTHZ);
    assert_int_equal(route("GET", "/execute/", &allow), ROUTE_NOT_FOUND);
    assert_int_equal(route("GET", "", &allow), ROUTE_NOT_FOUND);
    assert_int_equal(route("post", "/execute", &allow), ROUTE_METHOD_NOT_ALLOWED);
    assert_string_equal(allow, "POST");
    assert_int_equal(route("DELETE", "/info", &allow), ROUTE_METHOD_NOT_ALLOWED);
    assert_string_equal(allow, "GET, HEAD");
}

static enum route under(const char *mount, const char *path)
{
    const char *allow;
    return route_find(slice_of("PATCH"), slice_of(path), mount, &allow);
}

static void the_application_has_what_is_under_its_mount(void **state)
{
    (void)state;
    assert_int_equal(under("/app", "/app"), ROUTE_APPLICATION);
    assert_int_equal(under("/app", "/app/"), ROUTE_APPLICATION);
    assert_int_equal(under("/app", "/app/a/b"), ROUTE_APPLICATION);
    assert_int_equal(under("/app", "/apple"), ROUTE_NOT_FOUND);
    assert_int_equal(under("/app", "/ap"), ROUTE_NOT_FOUND);
    assert_int_equal(under("/app", "/"), ROUTE_NOT_FOUND);
    assert_int_equal(under(NULL, "/app"), ROUTE_NOT_FOUND);
}

static void the_engines_own_paths_go_first(void **state)
{
    (void)state;
    assert_int_equal(under("", "/"), ROUTE_APPLICATION);
    assert_int_equal(under("", "/x"), ROUTE_APPLICATION);
    assert_int_equal(under("", "/execute/"), ROUTE_APPLICATION);
    assert_int_equal(under("", ""), ROUTE_NOT_FOUND);
    assert_int_equal(under("", "*"), ROUTE_NOT_FOUND);
    assert_int_equal(under("", "/execute"), ROUTE_METHOD_NOT_ALLOWED);
    assert_int_equal(under("", "/info"), ROUTE_METHOD_NOT_ALLOWED);
    assert_int_equal(under("", "/healthz"), ROUTE_METHOD_NOT_ALLOWED);
    assert_int_equal(under("", "/metrics"), ROUTE_METHOD_NOT_ALLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_and_methods_are_exact),
        cmocka_unit_test(the_application_has_what_is_under_its_mount),
        cmocka_unit_test(the_engines_own_paths_go_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
