#include "test.h"

#include <sys/resource.h>

#include "spool.h"

static void many_bytes_go_to_a_file_without_a_name(void **state)
{
    static char piece[100000], again[100000];
    struct spool spool = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(piece); i++)
        piece[i] = (char)(i * 7);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(spool.is_on_disk, i > 10);
        assert_true(spool_write(&spool, (struct slice){piece, sizeof(piece)}));
    }
    assert_int_equal(spool.size, 3000000);
    for (int turn = 0; turn < 2; turn++) {
        FILE *in = spool_read(&spool);
        assert_non_null(in);
        for (int i = 0; i < 30; i++) {
            assert_int_equal(fread(again, 1, sizeof(again), in), sizeof(again));
            assert_memory_equal(piece, again, sizeof(piece));
        }
        assert_int_equal(getc(in), EOF);
    }
    spool_finish(&spool);
}

static void an_empty_one_can_be_read(void **state)
{
    struct spool spool = {0};
    FILE *out = tmpfile();
    (void)state;
    assert_true(spool_copy(&spool, out));
    assert_int_equal(ftell(out), 0);
    fclose(out);
    spool_finish(&spool);
    spool_finish(&spool);
}

#define MANY 200

/* A script may return thousands of outputs. */
static void few_bytes_need_no_descriptor(void **state)
{
    static struct spool spools[MANY];
    struct rlimit limit, few;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    few = limit;
    few.rlim_cur = 32;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (int i = 0; i < MANY; i++)
        assert_true(spool_write(&spools[i], (struct slice){"a\0b", 3}));
    for (int i = 0; i < MANY; i++) {
        char again[8];
        FILE *in = spool_read(&spools[i]);
        assert_non_null(in);
        assert_int_equal(fread(again, 1, sizeof(again), in), 3);
        assert_memory_equal(again, "a\0b", 3);
    }
    for (int i = 0; i < MANY; i++)
        spool_finish(&spools[i]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_bytes_go_to_a_file_without_a_name),
        cmocka_unit_test(an_empty_one_can_be_read),
        cmocka_unit_test(few_bytes_need_no_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
