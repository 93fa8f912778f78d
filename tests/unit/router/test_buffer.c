/* The memory that is kept for slow clients. */
#include "test.h"

#include <sys/resource.h>

#include "buffer.h"

#define LIMIT 400 /* bytes; so 100 for one buffer */

static const char bytes[LIMIT] = "0123456789";

static void a_buffer_gives_what_it_took_in_order(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_EMPTY;
    char given[16];
    assert_true(buffer_write(&buffer, "one, ", 5, LIMIT));
    assert_true(buffer_write(&buffer, "two", 3, LIMIT));
    assert_int_equal(buffer_read(&buffer, given, 4), 4);
    assert_true(buffer_write(&buffer, " and 3", 6, LIMIT));
    assert_int_equal(buffer_read(&buffer, given + 4, sizeof(given) - 4), 10);
    assert_memory_equal(given, "one, two and 3", 14);
    assert_true(buffer_is_empty(&buffer));
    assert_int_equal(buffer_read(&buffer, given, 1), 0);
    assert_int_equal(buffer_total(), 0);
}

static void what_was_read_is_held_until_all_is(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_EMPTY;
    char given[10];
    assert_true(buffer_write(&buffer, bytes, 10, LIMIT));
    assert_int_equal(buffer_read(&buffer, given, 9), 9);
    assert_int_equal(buffer_total(), 10);
    assert_int_equal(buffer_read(&buffer, given, 9), 1);
    assert_int_equal(buffer_total(), 0);
    assert_true(buffer_write(&buffer, bytes, 10, LIMIT)); /* it may be used again */
    buffer_finish(&buffer);
    assert_int_equal(buffer_total(), 0);
}

static void one_buffer_takes_a_quarter_and_all_of_them_the_limit(void **state)
{
    (void)state;
    struct buffer buffers[5];
    for (size_t i = 0; i < 5; i++)
        buffers[i] = BUFFER_EMPTY;
    for (size_t i = 0; i < 4; i++) {
        assert_true(buffer_write(&buffers[i], bytes, 99, LIMIT));
        assert_false(buffer_write(&buffers[i], bytes, 2, LIMIT));
        assert_true(buffer_write(&buffers[i], bytes, 1, LIMIT));
    }
    assert_false(buffer_write(&buffers[4], bytes, 1, LIMIT));
    assert_true(buffer_is_empty(&buffers[4]));
    buffer_finish(&buffers[0]);
    assert_true(buffer_write(&buffers[4], bytes, 1, LIMIT));
    assert_true(buffer_write(&buffers[0], bytes, 200, UINT64_MAX)); /* a chunked body */
    for (size_t i = 0; i < 5; i++)
        buffer_finish(&buffers[i]);
    assert_int_equal(buffer_total(), 0);
}

static void without_descriptors_nothing_is_taken(void **state)
{
    (void)state;
    struct buffer buffer = BUFFER_EMPTY;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    bool taken = buffer_write(&buffer, bytes, 1, LIMIT);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(taken);
    assert_int_equal(buffer_total(), 0);
    assert_true(buffer_write(&buffer, bytes, 1, LIMIT));
    buffer_finish(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_gives_what_it_took_in_order),
        cmocka_unit_test(what_was_read_is_held_until_all_is),
        cmocka_unit_test(one_buffer_takes_a_quarter_and_all_of_them_the_limit),
        cmocka_unit_test(without_descriptors_nothing_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
