#include "runner.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptors.h"
#include "ending.h"
#include "fatal_signals.h"
#include "job.h"
#include "monotonic.h"
#include "native_threads.h"
#include "process_state.h"
#include "reply.h"
#include "reserve.h"
#include "runner_signal.h"
#include "runner_state.h"
#include "sandbox.h"
#include "serve.h"
#include "stack_dump.h"
#include "system_calls.h"

/*
 * How long to look for the next job before sleeping, because to wake an idle processor takes longer
 * than a script of one line.
 */
#define LOOK_NANOSECONDS 60000

#define ERROR_CAPACITY 512

static struct runner runner;

/* Ends the process. The only way to the log is standard error. */
__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
    char line[ERROR_CAPACITY + 64];
    struct message message = {.unusable = UNUSABLE_ENGINE};
    snprintf(line, sizeof(line), "%s: %s\n", what, why);
    reply_ready(runner.files.channel, &message, slice_of(line));
    _exit(1);
}

/* Becomes a process of its own. */
static void part(const struct runner_config *config)
{
    prctl(PR_SET_PDEATHSIG, RUNNER_SIGNAL); /* stack_dump.c: end_if_alone */
    if (getppid() != config->zygote)
        _exit(0); /* the zygote has ended meanwhile */
    /* If no control groups share out the processors, sessions do (sched(7)), so it gets its own. */
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what its scripts leave behind stays with it */
    prctl(PR_SET_NAME, "standpy-runner");
    prctl(PR_SET_DUMPABLE, 1); /* unlike the zygote: a script may look at itself, the front at it */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void take_files(const struct runner_config *config)
{
    runner.files = config->files;
    if (!runner_files_arrange(&runner.files))
        give_up("descriptors", strerror(errno));
    runner_files_remember(&runner.files);
    runner.capture = (struct capture){.out = runner.files.out, .err = runner.files.err};
}

static void enter_interpreter(const struct runner_config *config)
{
    char error[ERROR_CAPACITY] = "";
    const struct interpreter_runner told = {
        .scratch = config->scratch,
        .kept = config->kept,
        .stack_descriptor = runner.files.stack,
        .stack_signal = STACK_DUMP_SIGNAL,
        .confined = runner.files.ruleset >= 0,
        .reused = !config->process_each,
    };
    runner.interpreter->after_fork_child();
    if (!(runner.serves ? runner.interpreter->enter_server
                        : runner.interpreter->enter_runner)(&told, error, sizeof(error)))
        give_up("interpreter", error);
    stack_dump_arm(runner.files.channel, runner.files.stack);
    fatal_signals_arm();
}

static void confine(const struct runner_config *config)
{
    if (!reserve_leave())
        give_up("limits", strerror(errno));
    if (runner.files.ruleset >= 0 && !sandbox_enter(runner.files.ruleset))
        give_up("sandbox", strerror(errno));
    /* A filter needs NO_NEW_PRIVS. Landlock has set it; without Landlock it must be set here. */
    if (config->filtered && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !system_calls_enter()))
        give_up("filter of system calls", strerror(errno));
    runner.memory = (struct memory){
        .limit = config->memory_limit,
        .extra = config->process_each ? 0 : config->memory_limit / 2,
        .most = config->memory_limit > 0 ? config->memory_limit / 2 : config->memory_share,
        .collect = runner.interpreter->collect,
        .forget = runner.interpreter->forget,
    };
    if (!memory_start(&runner.memory))
        give_up("memory limit", strerror(errno));
}

struct runner *runner_start(const struct runner_config *config)
{
    runner.interpreter = config->interpreter;
    runner.process = getpid();
    runner.process_each = config->process_each;
    runner.serves = config->kept != NULL;
    part(config);
    take_files(config);
    enter_interpreter(config);
    confine(config);
    process_state_remember();
    if (!runner.serves)
        runner.interpreter->warm_up();
    native_threads_remember();
    if (!capture_reset(&runner.capture))
        give_up("captured output", strerror(errno));
    return &runner;
}

/* Returns the bytes that came; 0 at the end. */
static ssize_t receive(struct packet *packet)
{
    int channel = runner.files.channel;
    int64_t until = monotonic_nanoseconds() + LOOK_NANOSECONDS;
    ssize_t got = packet_receive(channel, packet, MSG_DONTWAIT);
    while (got < 0 && errno == EAGAIN && monotonic_nanoseconds() < until) {
        sched_yield();
        got = packet_receive(channel, packet, MSG_DONTWAIT);
    }
    while (got < 0 && (errno == EAGAIN || errno == EINTR))
        got = packet_receive(channel, packet, 0);
    return got;
}

static void run_next(void)
{
    static char buffer[MESSAGE_CAPACITY];
    struct iovec piece = {buffer, sizeof(buffer)};
    struct packet packet = {.pieces = &piece, .piece_count = 1};
    ssize_t length = receive(&packet);
    if (length < 0 && errno == EMSGSIZE)
        _exit(1); /* no room for a job's descriptors; another runner can still take the job */
    if (length < 0)
        wait_for_the_end(); /* the channel is closed, and the front sees that */
    if (length == 0)
        _exit(0); /* the front is gone */
    (runner.serves ? serve_run : job_run)(&runner, (struct slice){buffer, (size_t)length}, &packet);
}

void runner_run(const struct runner_config *config)
{
    struct message ready = {0};
    runner_start(config);
    reply_ready(runner.files.channel, &ready, (struct slice){"", 0});
    for (;;)
        run_next();
}
