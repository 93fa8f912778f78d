#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "descriptors.h"
#include "slots.h"

#define PIECES 20000

/* What piece number i consists of. */
static void write_piece(char *slot, unsigned i)
{
    memcpy(slot, &i, sizeof(i));
    memcpy(slot + SLOT_SIZE - sizeof(i), &i, sizeof(i));
}

static void check_piece(struct slice piece, unsigned i)
{
    assert_memory_equal(piece.data, &i, sizeof(i));
    assert_memory_equal(piece.data + SLOT_SIZE - sizeof(i), &i, sizeof(i));
}

struct side {
    struct slots slots;
    int told[2]; /* a pipe: one byte for each piece */
};

/* The runner. */
static void *fill(void *context)
{
    struct side *side = context;
    for (unsigned i = 0; i < PIECES; i++) {
        write_piece(slots_wait(&side->slots), i);
        slots_fill(&side->slots);
        if (write(side->told[1], "", 1) != 1)
            break;
    }
    return NULL;
}

static void each_piece_arrives_once_and_in_order(void **state)
{
    (void)state;
    pthread_t thread;
    char byte;
    int file = memory_file("slots");
    struct slots front;
    struct side runner;
    assert_true(slots_share(&front, file));
    assert_true(slots_join(&runner.slots, file));
    assert_int_equal(pipe(runner.told), 0);
    assert_int_equal(pthread_create(&thread, NULL, fill, &runner), 0);
    for (unsigned i = 0; i < PIECES; i++) {
        assert_int_equal(read(runner.told[0], &byte, 1), 1);
        check_piece(slots_piece(&front, SLOT_SIZE), i);
        slots_give_back(&front);
    }
    pthread_join(thread, NULL);
    slots_leave(&front);
    slots_leave(&runner.slots);
    close(runner.told[0]);
    close(runner.told[1]);
    close(file);
}

static void as_many_pieces_as_there_are_slots_wait_for_nobody(void **state)
{
    (void)state;
    int file = memory_file("slots");
    struct slots front, runner;
    assert_true(slots_share(&front, file));
    assert_true(slots_join(&runner, file));
    for (unsigned i = 0; i < SLOTS; i++) {
        write_piece(slots_wait(&runner), i);
        slots_fill(&runner);
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        check_piece(slots_piece(&front, SLOT_SIZE), i);
        slots_give_back(&front);
    }
    slots_leave(&front);
    slots_leave(&runner);
    close(file);
}

static void memory_that_could_still_shrink_is_not_used(void **state)
{
    (void)state;
    struct slots slots = {0};
    int not_sealable = memory_file_open("slots"), sealed = memory_file("slots"),
        other = memory_file("slots");
    assert_false(slots_share(&slots, not_sealable));
    assert_int_equal(fcntl(sealed, F_ADD_SEALS, F_SEAL_SEAL), 0);
    assert_false(slots_share(&slots, sealed));
    assert_false(slots_join(&slots, other)); /* the front has not shared it */
    assert_int_equal(ftruncate(other, 1), 0);
    assert_int_equal(fcntl(other, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
    assert_false(slots_share(&slots, other));
    assert_null(slots.shared);
    slots_leave(&slots);
    close(not_sealable);
    close(sealed);
    close(other);
}

static void shared_memory_keeps_its_size(void **state)
{
    (void)state;
    int file = memory_file("slots");
    struct slots slots;
    assert_true(slots_share(&slots, file));
    assert_int_equal(ftruncate(file, 0), -1);
    assert_int_equal(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), -1);
    slots_leave(&slots);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_arrives_once_and_in_order),
        cmocka_unit_test(as_many_pieces_as_there_are_slots_wait_for_nobody),
        cmocka_unit_test(memory_that_could_still_shrink_is_not_used),
        cmocka_unit_test(shared_memory_keeps_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
