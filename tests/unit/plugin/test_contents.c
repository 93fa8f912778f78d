/* front/contents.c: what is kept, and what goes. */
#include "test.h"

#include <stdio.h>

#include "contents.h"
#include "descriptors.h"

static uint64_t evictions;

static const char *digest_of(unsigned number)
{
    static char digits[CONTENT_DIGEST + 1];
    snprintf(digits, sizeof(digits), "%064x", number);
    return digits;
}

static struct content *find(unsigned number)
{
    return contents_find(digest_of(number));
}

static bool keep(unsigned number, enum content_form form, uint64_t length)
{
    return contents_reserve(length) &&
           contents_add(digest_of(number), form, memory_file("content"), length);
}

static int set_up(void **state)
{
    (void)state;
    evictions = 0;
    contents_set_up(100, 4, &evictions);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    contents_forget();
    return 0;
}

static void the_least_recently_used_goes_first(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_true(keep(i, CONTENT_FILE, 33));
    find(0);
    assert_true(keep(3, CONTENT_FILE, 33));
    assert_null(find(1));
    assert_true(find(0) && find(2) && find(3));
    assert_int_equal(contents_bytes(), 99);
    assert_int_equal(contents_count(), 3);
    assert_int_equal(evictions, 1);
    assert_true(keep(4, CONTENT_FILE, 100));
    assert_int_equal(contents_count(), 1);
    assert_int_equal(evictions, 4);
}

static void there_are_only_so_many(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        assert_true(keep(i, CONTENT_FILE, 0));
    assert_int_equal(contents_count(), 4);
    assert_null(find(1));
    assert_non_null(find(2));
}

static void what_is_in_use_stays(void **state)
{
    (void)state;
    assert_true(keep(0, CONTENT_FILE, 60));
    assert_true(keep(1, CONTENT_FILE, 40));
    struct content *used = find(0);
    content_take(used);
    content_take(used);
    assert_non_null(find(1)); /* the one in use would be the next to go */
    assert_true(keep(2, CONTENT_FILE, 40));
    assert_null(find(1));
    assert_non_null(find(0));
    assert_false(keep(3, CONTENT_FILE, 41));
    assert_non_null(find(2)); /* nothing goes if that makes no room */
    content_give_back(used);
    assert_false(keep(3, CONTENT_FILE, 41));
    content_give_back(used);
    assert_true(keep(3, CONTENT_FILE, 100));
    assert_null(find(0));
}

static void what_is_larger_than_the_limit_is_not_kept(void **state)
{
    (void)state;
    assert_true(keep(0, CONTENT_FILE, 1));
    assert_false(contents_reserve(101));
    assert_false(contents_reserve(UINT64_MAX));
    assert_non_null(find(0));
    contents_set_up(0, 4, &evictions);
    assert_false(contents_reserve(0));
}

static void the_same_content_twice_is_kept_once(void **state)
{
    (void)state;
    assert_true(contents_reserve(50));
    assert_true(contents_reserve(50));
    assert_false(contents_reserve(1));
    struct content *first = contents_add(digest_of(0), CONTENT_FILE, memory_file("content"), 50);
    assert_ptr_equal(contents_add(digest_of(0), CONTENT_CSV, memory_file("content"), 50), first);
    assert_int_equal(first->forms, 1U << CONTENT_FILE | 1U << CONTENT_CSV);
    assert_int_equal(contents_bytes(), 50);
    assert_true(contents_reserve(50));
    contents_release(50);
    assert_non_null(find(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_least_recently_used_goes_first, set_up, forget),
        cmocka_unit_test_setup_teardown(there_are_only_so_many, set_up, forget),
        cmocka_unit_test_setup_teardown(what_is_in_use_stays, set_up, forget),
        cmocka_unit_test_setup_teardown(what_is_larger_than_the_limit_is_not_kept, set_up, forget),
        cmocka_unit_test_setup_teardown(the_same_content_twice_is_kept_once, set_up, forget),
    };
    return cmocka_run_group_tests_name("contents", tests, NULL, NULL);
}
