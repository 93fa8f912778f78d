#include "test.h"

#include "media_type.h"

static void media_types_have_parameters(void **state)
{
    (void)state;
    char value[PARAMETER_CAPACITY];
    size_t length;
    struct slice type = slice_of(" multipart/form-data ; charset=x; Boundary=\"a;\\\"b\" ");
    assert_slice(media_type_essence(type), "multipart/form-data");
    assert_true(media_type_parameter(type, "boundary", value, &length));
    assert_string_equal(value, "a;\"b");
    assert_int_equal(length, 4);
    assert_false(media_type_parameter(type, "bound", value, &length));
    assert_false(media_type_parameter(slice_of("a/b; boundary"), "boundary", value, &length));
    assert_true(media_type_parameter(slice_of("a/b;boundary="), "boundary", value, &length));
    assert_int_equal(length, 0);
}

static void parameters_too_long_for_their_place_are_refused(void **state)
{
    (void)state;
    char text[PARAMETER_CAPACITY + 20] = "a/b;c=";
    memset(text + 6, 'x', PARAMETER_CAPACITY);
    char value[PARAMETER_CAPACITY];
    size_t length;
    assert_false(media_type_parameter(slice_of(text), "c", value, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_types_have_parameters),
        cmocka_unit_test(parameters_too_long_for_their_place_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
