/*
 * start/succession.c: when a successor starts, and when it takes over. The test plays the front and
 * the successor, and sets the clock.
 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "message.h"
#include "succession.h"

static const struct zygote_config config;
static struct wish wish;
static int control[2]; /* control[0]: the front's */

/* Stand in for the clock, uWSGI's log and zygote_launch.c. */

static time_t now; /* seconds */
static char lines[4096];
static bool can_launch;
static int launched;                      /* successors so far */
static char asked[MODULE_NAMES_TEXT + 1]; /* what the last one was to import */
static pid_t process;                     /* the last one, */
static int its_socket = -1;               /* and its end of the socket to the master */

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    (void)clock;
    *time = (struct timespec){.tv_sec = now};
    return 0;
}

__attribute__((format(printf, 1, 2))) void uwsgi_log(const char *format, ...);
void uwsgi_log(const char *format, ...)
{
    size_t length = strlen(lines);
    va_list values;
    va_start(values, format);
    vsnprintf(lines + length, sizeof(lines) - length, format, values);
    va_end(values);
}

pid_t zygote_launch(const struct zygote_launch *launch)
{
    assert_ptr_equal(launch->config, &config);
    assert_int_equal(launch->control, control[1]);
    if (!can_launch)
        return -1;
    launched++;
    snprintf(asked, sizeof(asked), "%s", launch->learned);
    its_socket = dup(launch->successor);
    int open_in_child[2];
    char byte;
    if (pipe(open_in_child) != 0)
        return -1;
    process = fork();
    if (process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        syscall(SYS_close_range, 3, ~0U, 0);
        for (;;)
            pause();
    }
    close(open_in_child[1]);
    assert_int_equal(read(open_in_child[0], &byte, 1), 0); /* the child has closed its copies */
    close(open_in_child[0]);
    return process;
}

/* What the successor and the front do. */

static void successor_says(const char *text)
{
    assert_int_equal(send(its_socket, text, strlen(text), 0), strlen(text));
}

static void successor_ends(void)
{
    close(its_socket);
    its_socket = -1;
}

static bool is_running(pid_t pid)
{
    return kill(pid, 0) == 0;
}

/* How often the front was told that this successor is ready. */
static int front_was_told(void)
{
    struct control_message message;
    int times = 0;
    while (recv(control[0], &message, sizeof(message), MSG_DONTWAIT) == CONTROL_HEAD) {
        assert_int_equal(message.kind, CONTROL_SUCCESSOR);
        assert_int_equal(message.process, process);
        times++;
    }
    return times;
}

static void wish_for(const char *modules)
{
    wish_write(&wish, slice_of(modules));
}

/* The current zygote ends. The successor takes over with these modules, and ends, too. */
static void take_over_and_end(const char *learned)
{
    char modules[MODULE_NAMES_TEXT + 1];
    assert_int_equal(succession_take_over(modules), process);
    assert_string_equal(modules, learned);
    assert_true(is_running(process));
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
}

/* The master's loop turns once a second. */
static void turn_for(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        now++;
        succession_turn();
    }
}

static void make_ready(const char *modules)
{
    wish_for(modules);
    turn_for(1);
    successor_says("r");
    turn_for(1);
}

static int begin(void **state)
{
    (void)state;
    memset(&wish, 0, sizeof(wish));
    now = 1000;
    lines[0] = '\0';
    can_launch = true;
    launched = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control) != 0)
        return -1;
    succession_set_up(&config, control);
    succession_heed(&wish);
    return 0;
}

static int end(void **state)
{
    (void)state;
    succession_stop();
    if (its_socket >= 0)
        successor_ends();
    close(control[0]);
    close(control[1]);
    return 0;
}

/* Start */

static void without_a_wish_nothing_starts(void **state)
{
    (void)state;
    turn_for(100);
    assert_int_equal(launched, 0);
    assert_int_equal(succession_process(), 0);
}

static void a_wish_starts_one_successor(void **state)
{
    (void)state;
    wish_for("a,b");
    turn_for(100);
    assert_int_equal(launched, 1);
    assert_string_equal(asked, "a,b");
    assert_int_equal(succession_process(), process);
    assert_int_equal(front_was_told(), 0); /* it is not ready */
}

static void if_no_process_can_start_the_next_wish_is_heeded(void **state)
{
    (void)state;
    can_launch = false;
    wish_for("a");
    turn_for(1);
    assert_int_equal(succession_process(), 0);
    can_launch = true;
    wish_for("a");
    turn_for(29);
    assert_int_equal(launched, 0);
    turn_for(2);
    assert_int_equal(launched, 1);
}

/* Taking over */

static void once_it_is_ready_the_front_is_told_at_each_turn(void **state)
{
    (void)state;
    make_ready("a");
    assert_int_equal(front_was_told(), 1);
    turn_for(3);
    assert_int_equal(front_was_told(), 3);
}

static void it_takes_over_with_its_modules_and_is_told_so(void **state)
{
    (void)state;
    char learned[MODULE_NAMES_TEXT + 1], byte = '\0';
    make_ready("a,b");
    assert_int_equal(recv(its_socket, &byte, 1, MSG_DONTWAIT), -1);
    take_over_and_end("a,b");
    assert_int_equal(recv(its_socket, &byte, 1, MSG_DONTWAIT), 1);
    assert_int_equal(byte, 'g');
    assert_int_equal(succession_process(), 0);
    assert_int_equal(succession_take_over(learned), 0);
}

static void half_a_minute_lies_between_two_successors(void **state)
{
    (void)state;
    make_ready("a");
    take_over_and_end("a");
    successor_ends();
    turn_for(100);
    assert_int_equal(launched, 1); /* the same wish is heeded once */
    now -= 80;
    wish_for("a,b");
    turn_for(9);
    assert_int_equal(launched, 1);
    turn_for(2);
    assert_int_equal(launched, 2);
    assert_string_equal(asked, "a,b");
}

static void one_that_is_not_ready_does_not_take_over_but_keeps_starting(void **state)
{
    (void)state;
    char learned[MODULE_NAMES_TEXT + 1];
    wish_for("a");
    turn_for(1);
    assert_int_equal(succession_take_over(learned), 0);
    assert_int_equal(succession_process(), process);
    successor_says("r");
    turn_for(1);
    take_over_and_end("a");
}

/* Failures */

static void assert_failed(const char *why)
{
    char line[200];
    snprintf(
        line, sizeof(line),
        "standpy: a new zygote that imports a in advance cannot start: %s; the current one stays\n",
        why);
    assert_string_equal(lines, line);
    assert_int_equal(succession_process(), 0);
    assert_false(is_running(process));
}

static void the_log_has_what_a_successor_says_of_its_failure(void **state)
{
    (void)state;
    wish_for("a");
    turn_for(1);
    successor_says("out of memory");
    turn_for(1);
    assert_failed("out of memory");
}

static void one_that_ends_before_it_is_ready_has_failed(void **state)
{
    (void)state;
    wish_for("a");
    turn_for(1);
    successor_ends();
    turn_for(1);
    assert_failed("its process ended");
}

static void one_that_is_not_ready_in_two_minutes_has_failed(void **state)
{
    (void)state;
    wish_for("a");
    turn_for(120);
    assert_true(is_running(process));
    turn_for(1);
    assert_failed("it takes too long");
}

static void one_that_ends_while_it_waits_has_failed(void **state)
{
    (void)state;
    make_ready("a");
    turn_for(200);
    successor_ends();
    turn_for(1);
    assert_failed("its process ended");
}

static void one_that_cannot_be_told_to_take_over_has_failed(void **state)
{
    (void)state;
    char learned[MODULE_NAMES_TEXT + 1];
    make_ready("a");
    successor_ends();
    assert_int_equal(succession_take_over(learned), 0);
    assert_failed("its process ended");
}

static void without_modules_the_line_is_still_a_sentence(void **state)
{
    (void)state;
    wish_for("");
    turn_for(1);
    successor_ends();
    turn_for(1);
    assert_non_null(strstr(lines, "a new zygote that imports no module in advance cannot start"));
}

static void each_failure_doubles_the_wait_and_only_the_first_is_logged(void **state)
{
    (void)state;
    wish_for("a");
    for (int i = 0; i < 10; i++) {
        int wait = i == 0 ? 1 : 30 << (i - 1 < 7 ? i - 1 : 7);
        turn_for(wait - 1);
        assert_int_equal(launched, i);
        turn_for(1);
        assert_int_equal(launched, i + 1); /* with the same wish */
        successor_ends();
        succession_turn();
    }
    assert_failed("its process ended");
}

static void after_a_success_the_next_failure_is_logged_again(void **state)
{
    (void)state;
    wish_for("a");
    turn_for(1);
    successor_ends();
    turn_for(31);
    successor_says("r");
    turn_for(1);
    take_over_and_end("a");
    successor_ends();
    lines[0] = '\0';
    wish_for("a");
    turn_for(31);
    successor_ends();
    turn_for(1);
    assert_failed("its process ended");
}

static void a_stop_ends_a_successor(void **state)
{
    (void)state;
    make_ready("a");
    succession_stop();
    assert_int_equal(succession_process(), 0);
    assert_false(is_running(process));
    assert_string_equal(lines, "");
    succession_stop();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_wish_nothing_starts),
        TEST(a_wish_starts_one_successor),
        TEST(if_no_process_can_start_the_next_wish_is_heeded),
        TEST(once_it_is_ready_the_front_is_told_at_each_turn),
        TEST(it_takes_over_with_its_modules_and_is_told_so),
        TEST(half_a_minute_lies_between_two_successors),
        TEST(one_that_is_not_ready_does_not_take_over_but_keeps_starting),
        TEST(the_log_has_what_a_successor_says_of_its_failure),
        TEST(one_that_ends_before_it_is_ready_has_failed),
        TEST(one_that_is_not_ready_in_two_minutes_has_failed),
        TEST(one_that_ends_while_it_waits_has_failed),
        TEST(one_that_cannot_be_told_to_take_over_has_failed),
        TEST(without_modules_the_line_is_still_a_sentence),
        TEST(each_failure_doubles_the_wait_and_only_the_first_is_logged),
        TEST(after_a_success_the_next_failure_is_logged_again),
        TEST(a_stop_ends_a_successor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
