#include "test.h"

#include <stdio.h>

#include "field_list.h"

static void fields_come_in_the_order_in_which_they_were_added(void **state)
{
    (void)state;
    struct field_list list = {0};
    char name[16], value[1024];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "name-%d", i);
        memset(value, 'v', (size_t)i);
        assert_true(field_list_add(&list, slice_of(name), (struct slice){value, (size_t)i}));
    }
    size_t position = 0;
    const char *found_name, *found_value;
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "name-%d", i);
        assert_true(field_list_next(&list, &position, &found_name, &found_value));
        assert_string_equal(found_name, name);
        assert_int_equal(strlen(found_value), i);
    }
    assert_false(field_list_next(&list, &position, &found_name, &found_value));
    field_list_finish(&list);
    position = 0;
    assert_false(field_list_next(&list, &position, &found_name, &found_value));
}

static void a_field_with_a_null_is_not_added(void **state)
{
    (void)state;
    struct field_list list = {0};
    size_t position = 0;
    const char *name, *value;
    assert_false(field_list_add(&list, slice_of("n"), (struct slice){"a\0b", 3}));
    assert_false(field_list_add(&list, (struct slice){"a\0b", 3}, slice_of("v")));
    assert_false(field_list_next(&list, &position, &name, &value));
    field_list_finish(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_come_in_the_order_in_which_they_were_added),
        cmocka_unit_test(a_field_with_a_null_is_not_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
