#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "processes.h"

#define CHAINS      8
#define GENERATIONS 40000 /* a bound, in case that nothing ends them */

static bool know_nobody(pid_t process)
{
    (void)process;
    return false;
}

/* Each process writes a byte, starts the next one in a session of its own, and ends. */
__attribute__((noreturn)) static void fork_without_end(int pipe)
{
    for (int i = 0; i < GENERATIONS; i++) {
        ssize_t written = write(pipe, "x", 1);
        (void)written;
        if (fork() != 0)
            _exit(0);
        setsid();
    }
    _exit(0);
}

static size_t drain(int pipe)
{
    char bytes[4096];
    size_t count = 0;
    for (ssize_t got; (got = read(pipe, bytes, sizeof(bytes))) > 0;)
        count += (size_t)got;
    return count;
}

static void who_forks_without_end_is_ended(void **state)
{
    (void)state;
    int ends[2];
    size_t ended = 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    for (int i = 0; i < CHAINS; i++) {
        if (fork() == 0)
            fork_without_end(ends[1]);
    }
    for (size_t written = 0; written < 100; written += drain(ends[0]))
        usleep(1000);
    /* A pass may miss the next generation while one process ends and its child starts. */
    do
        processes_end_all(know_nobody);
    while (processes_end_strangers(know_nobody, &ended) > 0);
    while (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
        processes_end_strangers(know_nobody, &ended);
    size_t generations = drain(ends[0]);
    assert_true(generations < CHAINS * GENERATIONS / 2);
}

static pid_t known;

static bool know_one(pid_t process)
{
    return process == known;
}

/* As the master's are: a runner, below a process that has not ended yet. */
static void who_is_known_is_spared_below_a_stranger(void **state)
{
    (void)state;
    int ends[2];
    size_t ended = 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    assert_int_equal(pipe2(ends, 0), 0);
    if (fork() == 0) {
        pid_t child = fork();
        if (child > 0 && write(ends[1], &child, sizeof(child)) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ends[0], &known, sizeof(known)), sizeof(known));
    processes_end_all(know_one);
    while (processes_end_strangers(know_one, &ended) > 0)
        ;
    assert_int_equal(waitpid(known, NULL, WNOHANG), 0);
    assert_true(processes_end_children() >= 1);
}

static void children_of_children_are_ended(void **state)
{
    (void)state;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (int i = 0; i < 3; i++) {
        if (fork() == 0) {
            if (fork() == 0)
                setsid();
            pause();
            _exit(0);
        }
    }
    usleep(10000);
    assert_true(processes_end_children() >= 3);
    assert_true(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_forks_without_end_is_ended),
        cmocka_unit_test(who_is_known_is_spared_below_a_stranger),
        cmocka_unit_test(children_of_children_are_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
