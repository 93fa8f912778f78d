#include "test.h"

#include "module_names.h"

static bool is_valid(const char *list)
{
    return module_names_are_valid(slice_of(list));
}

static void names_have_the_form_of_identifiers(void **state)
{
    (void)state;
    assert_true(is_valid(""));
    assert_true(is_valid("numpy"));
    assert_true(is_valid("sklearn.linear_model._logistic,joblib,_x1"));
    static const char *const wrong[] = {",",   "a,",   ",a",  "a,,b",     ".",   "a.",
                                        ".a",  "a..b", "1a",  "a.1",      "a b", "a\n",
                                        "a/b", "a-b",  "a;b", "\xc3\xa4", "a=b", "a.b.,c"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        if (is_valid(wrong[i]))
            fail_msg("%s is valid", wrong[i]);
    }
}

static void a_name_has_an_end(void **state)
{
    (void)state;
    char name[MODULE_NAME + 1];
    memset(name, 'a', sizeof(name));
    name[MODULE_NAME - 1] = '\0';
    assert_true(is_valid(name));
    name[MODULE_NAME - 1] = 'a';
    name[MODULE_NAME] = '\0';
    assert_false(is_valid(name));
}

static void a_list_is_bounded(void **state)
{
    (void)state;
    char list[2 * MODULE_NAMES + 2];
    for (size_t i = 0; i <= MODULE_NAMES; i++)
        memcpy(list + 2 * i, "a,", 2);
    assert_true(module_names_are_valid((struct slice){list, 2 * MODULE_NAMES - 1}));
    assert_false(module_names_are_valid((struct slice){list, 2 * MODULE_NAMES + 1}));
}

static void names_are_found(void **state)
{
    (void)state;
    struct slice list = slice_of("a,bc,d.e"), name;
    assert_true(module_names_have(list, slice_of("bc")));
    assert_true(module_names_have(list, slice_of("d.e")));
    assert_false(module_names_have(list, slice_of("b")));
    assert_false(module_names_have(list, slice_of("d")));
    assert_true(module_names_take(&list, &name));
    assert_true(slice_equals(name, "a"));
    assert_true(slice_equals(list, "bc,d.e"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_the_form_of_identifiers),
        cmocka_unit_test(a_name_has_an_end),
        cmocka_unit_test(a_list_is_bounded),
        cmocka_unit_test(names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
