/* common/content_names.c: contents, as requests name them. */
#include "test.h"

#include <stdio.h>

#include "content_names.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void a_list_of_digests_is_read(void **state)
{
    (void)state;
    struct content_names names = {0};
    struct slice wrong;
    const char *const fields[] = {"", A, " " A " ,\t" B, ",," A ", ,"};
    const size_t counts[] = {0, 1, 2, 2};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        assert_int_equal(content_names_add(&names, slice_of(fields[i]), &wrong),
                         CONTENT_NAMES_FINE);
        assert_int_equal(names.count, counts[i]);
    }
    assert_memory_equal(names.digests[0], A, CONTENT_DIGEST);
    assert_memory_equal(names.digests[1], B, CONTENT_DIGEST);
}

static void what_is_no_digest_is_refused_and_shown(void **state)
{
    (void)state;
    static const struct {
        const char *field, *wrong;
    } cases[] = {
        {"x", "x"},
        {A "a", A "a"},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {A ", \"" B "\"", "\"" B "\""},
        {A " " B, A " " B},
        {A ";q=1", A ";q=1"},
        {"gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg",
         "gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct content_names names = {0};
        struct slice wrong = {NULL, 0};
        if (content_names_add(&names, slice_of(cases[i].field), &wrong) != CONTENT_NAMES_MALFORMED)
            fail_msg("%s", cases[i].field);
        assert_slice(wrong, cases[i].wrong);
    }
}

static void a_request_names_only_so_many(void **state)
{
    (void)state;
    struct content_names names = {0};
    struct slice wrong;
    char digest[CONTENT_DIGEST + 1];
    for (unsigned i = 0; i <= CONTENTS_MOST; i++) {
        snprintf(digest, sizeof(digest), "%064x", i);
        assert_int_equal(content_names_add(&names, slice_of(digest), &wrong),
                         i < CONTENTS_MOST ? CONTENT_NAMES_FINE : CONTENT_NAMES_TOO_MANY);
    }
    snprintf(digest, sizeof(digest), "%064x", 7U);
    assert_int_equal(content_names_add(&names, slice_of(digest), &wrong), CONTENT_NAMES_FINE);
}

static void names_are_written_as_they_are_read(void **state)
{
    (void)state;
    struct content_names names = {0};
    struct slice wrong;
    char text[CONTENT_NAMES_TEXT];
    assert_int_equal(content_names_write(&names, text), 0);
    content_names_add(&names, slice_of(A "," B), &wrong);
    assert_int_equal(content_names_write(&names, text), strlen(A ", " B));
    assert_string_equal(text, A ", " B);
}

static void contents_have_numbers(void **state)
{
    (void)state;
    assert_int_equal(content_number(B), 0x0123456789abcdef);
    assert_int_equal(content_number(A), 0xaaaaaaaaaaaaaaaa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_digests_is_read),
        cmocka_unit_test(what_is_no_digest_is_refused_and_shown),
        cmocka_unit_test(a_request_names_only_so_many),
        cmocka_unit_test(names_are_written_as_they_are_read),
        cmocka_unit_test(contents_have_numbers),
    };
    return cmocka_run_group_tests_name("content_names", tests, NULL, NULL);
}
