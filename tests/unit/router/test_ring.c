#include "test.h"

#include "ring.h"

static void a_ring_gives_what_it_took_in_order(void **state)
{
    (void)state;
    struct ring ring = {0};
    unsigned char next_in = 0, next_out = 0;
    for (size_t round = 0; round < 200; round++) {
        char bytes[1021];
        size_t length = 1 + (round * 37) % sizeof(bytes);
        for (size_t i = 0; i < length; i++)
            bytes[i] = (char)next_in++;
        assert_int_equal(ring_write(&ring, bytes, length), length);
        size_t wanted = round < 100 ? length / 2 : length + 600;
        size_t got = ring_read(&ring, bytes, wanted < sizeof(bytes) ? wanted : sizeof(bytes));
        for (size_t i = 0; i < got; i++)
            assert_int_equal((unsigned char)bytes[i], next_out++);
    }
    ring_finish(&ring);
    ring_free_spares();
}

static void a_ring_takes_no_more_than_it_holds(void **state)
{
    (void)state;
    struct ring ring = {0};
    char *bytes = calloc(1, RING_CAPACITY + 1);
    assert_int_equal(ring_write(&ring, bytes, RING_CAPACITY + 1), RING_CAPACITY);
    assert_int_equal(ring_space(&ring), 0);
    assert_int_equal(ring_write(&ring, bytes, 1), 0);
    assert_int_equal(ring_read(&ring, bytes, 10), 10);
    assert_int_equal(ring_write(&ring, bytes, 20), 10);
    ring_finish(&ring);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_gives_what_it_took_in_order),
        cmocka_unit_test(a_ring_takes_no_more_than_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
