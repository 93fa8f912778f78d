#include "test.h"

#include "environment.h"

static void the_interpreters_answer_is_five_lines(void **state)
{
    (void)state;
    struct environment environment;
    char good[] = "/usr/bin/python3\n/usr\n3.11\n/usr/lib/libpython3.11.so.1.0\n\n";
    assert_true(environment_parse(&environment, good));
    assert_string_equal(environment.library, "/usr/lib/libpython3.11.so.1.0");
    char without_library[] = "/usr/bin/python3\n/usr\n3.11\n\n\n";
    assert_true(environment_parse(&environment, without_library));
    assert_string_equal(environment.library, "");
    char pypy[] = "/usr/bin/python3\n/usr\n3.11\n\nPyPy\n";
    assert_true(environment_parse(&environment, pypy));
    assert_string_equal(environment.kind, "PyPy");
    char short_one[] = "/usr/bin/python3\n/usr\n3.11\n\n";
    assert_false(environment_parse(&environment, short_one));
    char python2[] = "/usr/bin/python\n/usr\n2.7\n\n\n";
    assert_false(environment_parse(&environment, python2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interpreters_answer_is_five_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
