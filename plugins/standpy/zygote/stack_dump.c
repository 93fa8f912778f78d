#include "stack_dump.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "captured.h"
#include "message.h"
#include "runner_signal.h"

#define ATTEMPTS           8
#define CHILD_MILLISECONDS 500

#define KERNEL_ACTION 64 /* bytes, more than the kernel's struct sigaction has */
#define KERNEL_MASK   8  /* bytes of its signal set */

typedef void (*handler)(int number, siginfo_t *info, void *context);

static struct {
    pid_t zygote, master;
    bool goes_on;                  /* the application closes its answer then */
    handler of_the_library;        /* glibc's own for RUNNER_SIGNAL, or NULL */
    pid_t runner;                  /* 0 in the zygote */
    struct sigaction faulthandler; /* at STACK_DUMP_SIGNAL */
    int channel, stack;
} state;

static void sleep_a_millisecond(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    nanosleep(&moment, NULL);
}

/* Asks the kernel for the numbers: in a bare clone, those that the C library keeps are wrong. */
static void have_stacks_written(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, STACK_DUMP_SIGNAL);
    sigaction(STACK_DUMP_SIGNAL, &state.faulthandler, NULL); /* the script may have replaced it */
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), STACK_DUMP_SIGNAL);
}

void stack_dump_write(void)
{
    have_stacks_written();
}

/*
 * faulthandler follows the interpreter's pointers, and the thread may have stopped while one of
 * them was wild: CPython 3.11 links a new _PyCFrame before it sets its current_frame
 * (Python/ceval.c, _PyEval_EvalFrameDefault). So a copy of the process looks; if it crashes, the
 * next copy looks a moment later. The copy is a bare clone, because fork(3) would wait for locks
 * that the stopped thread holds. It has no exit signal, so neither the script's waitpid nor an
 * ignored SIGCHLD can take its status away.
 */
static pid_t start_copy(void)
{
    pid_t child = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (child != 0)
        return child;
    prctl(PR_SET_DUMPABLE, 0); /* no core: RLIMIT_CORE does not stop one to a piped core_pattern */
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    have_stacks_written(); /* returns when all is written: the handler runs on this thread */
    _exit(0);
}

static bool has_ended_well(pid_t child)
{
    int status = 0;
    for (int i = 0; i < CHILD_MILLISECONDS; i++) {
        if (waitpid(child, &status, __WALL | WNOHANG) != 0)
            return WIFEXITED(status);
        sleep_a_millisecond();
    }
    kill(child, SIGKILL);
    waitpid(child, &status, __WALL);
    return false;
}

static bool write_stacks(void)
{
    pid_t child = start_copy();
    if (child < 0)
        have_stacks_written(); /* no memory or no process left for a copy */
    return child < 0 || has_ended_well(child);
}

static void tell(bool complete)
{
    const struct message message = {.kind = MESSAGE_STACK, .complete = complete};
    send(state.channel, &message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/*
 * If the zygote has ended, its runners belong to the master, the next subreaper, and their scripts
 * go on. If the master has ended, too, a runner works for nobody.
 */
static void end_if_alone(void)
{
    pid_t parent = getppid();
    if (parent != state.zygote && parent != state.master)
        _exit(0);
}

/*
 * A script never continues: the front has given it up. What it printed so far stays where the
 * front reads it.
 */
static void dump(void)
{
    const struct timespec second = {.tv_sec = 1};
    tell(false);
    for (int i = 0; i < ATTEMPTS && captured_reset(state.stack); i++) {
        if (write_stacks())
            break;
        sleep_a_millisecond();
    }
    tell(true);
    if (state.goes_on)
        return;
    for (;; nanosleep(&second, NULL))
        end_if_alone(); /* polls, because the signal that would tell is blocked here */
}

static void receive(int number, siginfo_t *info, void *context)
{
    int saved = errno;
    if (info->si_code == SI_TKILL) { /* glibc: setuid(2) and its kin, with threads */
        if (state.of_the_library)
            state.of_the_library(number, info, context);
    } else if (getpid() == state.runner) { /* not in the script's children, nor in the zygote */
        if (info->si_code == SI_QUEUE && info->si_value.sival_int == RUNNER_DUMP)
            dump();
        else
            end_if_alone();
    }
    errno = saved;
}

static long kernel_action(int number, const void *next, void *before)
{
    return syscall(SYS_rt_sigaction, number, next, before, KERNEL_MASK);
}

/*
 * The kernel's struct differs between architectures, so glibc makes one, for another signal, and
 * this copies it. The handler is its first member everywhere except on MIPS.
 */
static bool take_signal(void)
{
    char ours[KERNEL_ACTION] = {0}, before[KERNEL_ACTION] = {0};
    struct sigaction saved, action = {.sa_sigaction = receive, .sa_flags = SA_RESTART | SA_SIGINFO};
    sigfillset(&action.sa_mask);
    if (sigaction(STACK_DUMP_SIGNAL, &action, &saved) != 0)
        return false;
    bool taken = kernel_action(STACK_DUMP_SIGNAL, NULL, ours) == 0 &&
                 kernel_action(RUNNER_SIGNAL, ours, before) == 0;
    sigaction(STACK_DUMP_SIGNAL, &saved, NULL);
    memcpy(&state.of_the_library, before, sizeof(state.of_the_library));
    return taken;
}

static void *do_nothing(void *argument)
{
    return argument;
}

bool stack_dump_prepare(pid_t master)
{
    /* glibc takes the signal when the first thread starts, and never again (nptl: late_init). */
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, do_nothing, NULL);
    if (failure == 0)
        failure = pthread_join(thread, NULL);
    if (failure != 0) {
        errno = failure;
        return false;
    }
    state.zygote = getpid();
    state.master = master;
    return take_signal();
}

void stack_dump_adopt(void)
{
    state.zygote = getpid();
    state.goes_on = true;
}

void stack_dump_arm(int channel, int stack)
{
    state.channel = channel;
    state.stack = stack;
    sigaction(STACK_DUMP_SIGNAL, NULL, &state.faulthandler);
    state.runner = getpid();
}
