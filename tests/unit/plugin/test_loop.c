#include "test.h"

#include <errno.h>
#include <unistd.h>

#include "loop.h"

#define SOURCES 200

static bool has_room = true;

int __real_epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event);

int __wrap_epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && !has_room) {
        errno = ENOSPC;
        return -1;
    }
    return __real_epoll_ctl(epoll, operation, descriptor, event);
}

static struct source sources[SOURCES];
static int writing[SOURCES], heard[SOURCES];

static void hear(struct source *source, uint32_t events)
{
    char byte;
    assert_true(events & EPOLLIN);
    assert_int_equal(read(source->descriptor, &byte, 1), 1);
    heard[source - sources]++;
}

static void open_source(size_t i)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    writing[i] = ends[1];
    sources[i] = (struct source){.descriptor = ends[0], .ready = hear};
    assert_true(loop_watch(&sources[i], EPOLLIN));
}

static void say(size_t i)
{
    assert_int_equal(write(writing[i], "x", 1), 1);
}

static void turn_until_heard(size_t i, int times)
{
    for (int turns = 0; turns < SOURCES && heard[i] < times; turns++)
        loop_turn(loop_now() + 1000000, false);
    assert_int_equal(heard[i], times);
}

static int open_all(void **state)
{
    (void)state;
    memset(heard, 0, sizeof(heard));
    has_room = true;
    for (size_t i = 0; i < SOURCES; i++) {
        has_room = i < SOURCES / 2;
        open_source(i);
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < SOURCES; i++) {
        loop_forget(&sources[i]);
        close(sources[i].descriptor);
        close(writing[i]);
    }
    return 0;
}

static void all_are_heard_with_and_without_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < SOURCES; i++)
        say(i);
    for (size_t i = 0; i < SOURCES; i++)
        turn_until_heard(i, 1);
    has_room = true;
    for (size_t i = 0; i < SOURCES; i++)
        say(i);
    for (size_t i = 0; i < SOURCES; i++) {
        turn_until_heard(i, 2);
        assert_false(sources[i].is_polled);
    }
}

static void who_is_forgotten_is_not_heard(void **state)
{
    (void)state;
    size_t polled = SOURCES - 1, other = SOURCES - 2;
    say(polled);
    loop_forget(&sources[polled]);
    say(other);
    turn_until_heard(other, 1);
    assert_int_equal(heard[polled], 0);
    /* It may be watched again, for other events. */
    sources[polled].ready = hear;
    assert_true(loop_watch(&sources[polled], EPOLLIN));
    turn_until_heard(polled, 1);
}

static void events_can_change_without_room(void **state)
{
    (void)state;
    size_t polled = SOURCES - 1;
    assert_true(loop_watch(&sources[polled], EPOLLRDHUP));
    say(polled);
    loop_turn(loop_now() + 1000000, false);
    assert_int_equal(heard[polled], 0);
    assert_true(loop_watch(&sources[polled], EPOLLIN));
    turn_until_heard(polled, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_are_heard_with_and_without_room, open_all, close_all),
        cmocka_unit_test_setup_teardown(who_is_forgotten_is_not_heard, open_all, close_all),
        cmocka_unit_test_setup_teardown(events_can_change_without_room, open_all, close_all),
    };
    if (!loop_create())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
