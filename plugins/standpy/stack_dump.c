#include "stack_dump.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process_state.h"

#define ATTEMPTS           8
#define CHILD_MILLISECONDS 500

static void sleep_a_millisecond(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    nanosleep(&moment, NULL);
}

/*
 * faulthandler follows the interpreter's pointers, and the thread may have been stopped while one
 * of them is wild: CPython 3.11 links a new _PyCFrame before it sets its current_frame
 * (Python/ceval.c, _PyEval_EvalFrameDefault). So a copy of the process looks; where it crashes, the
 * next one looks a moment later. A bare clone: fork(3) would wait for locks that the stopped thread
 * holds. Without an exit signal, so that neither the script's waitpid nor an ignored SIGCHLD takes
 * its status away.
 */
static pid_t start_copy(void)
{
    pid_t child = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (child != 0)
        return child;
    prctl(PR_SET_DUMPABLE, 0); /* no core file: RLIMIT_CORE keeps none from a piped core_pattern */
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    raise(STACK_DUMP_SIGNAL); /* when it returns all is written: the handler runs on this thread */
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

static bool write_stacks(const struct watchdog *watchdog)
{
    watchdog_hold(watchdog);
    pid_t child = start_copy();
    if (child < 0)
        raise(STACK_DUMP_SIGNAL); /* no memory or no process left for a copy */
    bool written = child < 0 || has_ended_well(child);
    watchdog_let_go(); /* now: what the thread writes to while there is a copy costs memory */
    return written;
}

static bool is_emptied(int memory)
{
    /* Those that come one after the other in a worker's place share this memory. */
    return ftruncate(memory, 0) == 0 && lseek(memory, 0, SEEK_SET) == 0;
}

struct slice stack_dump(const struct watchdog *watchdog, int memory)
{
    const struct slice nothing = {"", 0};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, STACK_DUMP_SIGNAL);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    process_state_arm();
    for (int i = 0; i < ATTEMPTS; i++) {
        if (!is_emptied(memory))
            return nothing;
        if (write_stacks(watchdog))
            break;
        sleep_a_millisecond();
    }

    off_t size = lseek(memory, 0, SEEK_END);
    char *text = size > 0 ? malloc((size_t)size) : NULL;
    if (!text)
        return nothing;
    if (pread(memory, text, (size_t)size, 0) != size) {
        free(text);
        return nothing;
    }
    return (struct slice){text, (size_t)size};
}
