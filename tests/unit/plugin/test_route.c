#include "test.h"

#include "route.h"

static enum route route(const char *method, const char *path, const char **allow)
{
    *allow = NULL;
    return route_find(slice_of(method), slice_of(path), allow);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_and_methods_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
