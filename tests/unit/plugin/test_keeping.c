/* front/keeping.c: inputs on their way into the contents, in pieces. */
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "contents.h"
#include "descriptors.h"
#include "keeping.h"

#define LARGE (1U << 20)
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static uint64_t evictions;
static struct work work;
static int finished_count;

static void finished(struct work *finished_work)
{
    assert_ptr_equal(finished_work, &work);
    finished_count++;
}

static int set_up(void **state)
{
    (void)state;
    work = (struct work){.body = {.file = -1}};
    finished_count = 0;
    contents_set_up(3 * LARGE, 16, &evictions);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(work.body.data);
    if (work.body.file >= 0)
        close(work.body.file);
    contents_forget();
    return 0;
}

static struct keep_list list_of(uint32_t source, uint64_t at, uint64_t length)
{
    return (struct keep_list){.count = 1,
                              .entries = {{.at = at, .length = length, .source = source}}};
}

static int large_file(char filler)
{
    static char bytes[LARGE];
    int file = memory_file("test");
    memset(bytes, filler, sizeof(bytes));
    assert_int_equal(write(file, bytes, sizeof(bytes)), sizeof(bytes));
    return file;
}

static void small_inputs_are_kept_at_once(void **state)
{
    (void)state;
    work.body.data = strdup("xabcx");
    work.body.length = 5;
    const struct keep_list list = list_of(KEEP_BODY, 1, 3);
    struct keeping *keeping = keeping_begin(&work, &list, -1, finished);
    assert_true(keeping_is_done(keeping));
    assert_int_equal(keeping_names(keeping)->count, 1);
    assert_memory_equal(keeping_names(keeping)->digests[0], ABC, CONTENT_DIGEST);
    const struct content *content = contents_find(ABC);
    char bytes[4] = "";
    assert_int_equal(content->length, 3);
    assert_int_equal(pread(content->file, bytes, sizeof(bytes), 0), 3);
    assert_string_equal(bytes, "abc");
    assert_true(write(content->file, "y", 1) < 0); /* sealed */
    keeping_drop(keeping);
    assert_int_equal(finished_count, 0);
}

static void large_inputs_take_turns(void **state)
{
    (void)state;
    const struct keep_list list = list_of(KEEP_FILE, 0, LARGE);
    struct keeping *first = keeping_begin(&work, &list, large_file('1'), finished);
    struct keeping *second = keeping_begin(&work, &list, large_file('2'), finished);
    assert_false(keeping_is_done(first) || keeping_is_done(second));
    int turns = 0;
    for (; keepings_are_left(); turns++)
        keepings_go_on();
    assert_true(turns >= 12);
    assert_int_equal(finished_count, 2);
    assert_int_equal(contents_count(), 2);
    assert_int_equal(contents_bytes(), 2 * LARGE);
    keeping_drop(first);
    keeping_drop(second);
}

static void the_body_may_go_meanwhile(void **state)
{
    (void)state;
    work.body.file = large_file('b');
    const struct keep_list list = list_of(KEEP_BODY, 0, LARGE);
    struct keeping *keeping = keeping_begin(&work, &list, -1, finished);
    close(work.body.file);
    work.body.file = -1;
    while (keepings_are_left())
        keepings_go_on();
    assert_int_equal(keeping_names(keeping)->count, 1);
    keeping_drop(keeping);
}

static void what_is_there_is_not_copied_again(void **state)
{
    (void)state;
    const struct keep_list list = list_of(KEEP_FILE, 0, LARGE);
    for (int i = 0; i < 2; i++) {
        struct keeping *keeping = keeping_begin(&work, &list, large_file('s'), finished);
        while (keepings_are_left())
            keepings_go_on();
        assert_int_equal(keeping_names(keeping)->count, 1);
        assert_int_equal(contents_count(), 1);
        keeping_drop(keeping);
    }
    assert_int_equal(contents_bytes(), LARGE);
}

static void what_nobody_waits_for_any_more_takes_no_room(void **state)
{
    (void)state;
    const struct keep_list list = list_of(KEEP_FILE, 0, LARGE);
    for (int turns = 0; turns < 9; turns++) {
        struct keeping *keeping = keeping_begin(&work, &list, large_file('d'), finished);
        for (int i = 0; i < turns && keepings_are_left(); i++)
            keepings_go_on();
        keeping_drop(keeping);
        assert_false(keepings_are_left());
    }
    contents_forget();
    assert_true(contents_reserve(3 * LARGE)); /* all of it */
    contents_release(3 * LARGE);
}

static void what_does_not_fit_or_is_not_there_is_left_out(void **state)
{
    (void)state;
    contents_set_up(LARGE - 1, 16, &evictions);
    work.body.data = strdup("abc");
    work.body.length = 3;
    struct keep_list list = list_of(KEEP_FILE, 0, LARGE);
    list.entries[1] = (struct keep_entry){.length = 3, .source = KEEP_BODY};
    list.entries[2] = (struct keep_entry){.at = LARGE, .length = 5, .source = KEEP_FILE};
    list.count = 3;
    struct keeping *keeping = keeping_begin(&work, &list, large_file('l'), finished);
    while (keepings_are_left())
        keepings_go_on();
    assert_int_equal(keeping_names(keeping)->count, 1);
    assert_memory_equal(keeping_names(keeping)->digests[0], ABC, CONTENT_DIGEST);
    keeping_drop(keeping);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(small_inputs_are_kept_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_inputs_take_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_body_may_go_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_there_is_not_copied_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_waits_for_any_more_takes_no_room, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_or_is_not_there_is_left_out, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("keeping", tests, NULL, NULL);
}
