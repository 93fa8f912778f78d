#include "supervisor.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpreter.h"
#include "overdue.h"
#include "processes.h"
#include "uwsgi_api.h"
#include "worker.h"

extern struct uwsgi_server uwsgi;

#define MAX_CHILDREN 8

static struct {
    int count; /* of children: one has the turn, the others wait for it */
    pid_t children[MAX_CHILDREN];
    sigset_t waited_for; /* what the supervisor reacts to; blocked in it */
    sigset_t mask;       /* of the children */
} supervisor;

/* Where uWSGI keeps the request; shared with the master and the control process. */
static struct uwsgi_core *core(const struct worker *worker)
{
    return &uwsgi.workers[worker->number].cores[0];
}

/*
 * The turn is a word in shared memory (futex(2)), as a script may close every descriptor that its
 * process has.
 */
static void give_turn(struct worker *worker)
{
    atomic_store(&worker->metrics->turn, 1);
    syscall(SYS_futex, &worker->metrics->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void wait_for_turn(struct worker *worker)
{
    int free = 1;
    while (!atomic_compare_exchange_strong(&worker->metrics->turn, &free, 0)) {
        syscall(SYS_futex, &worker->metrics->turn, FUTEX_WAIT, 0, NULL, NULL, 0);
        free = 1;
    }
}

static bool is_own_child(pid_t process)
{
    for (int i = 0; i < supervisor.count; i++) {
        if (supervisor.children[i] == process)
            return true;
    }
    return false;
}

/* Ends everything: the children go with their parent. */
__attribute__((noreturn)) static void end(struct worker *worker, int status)
{
    for (int i = 0; i < supervisor.count; i++) {
        if (supervisor.children[i] > 0)
            kill(supervisor.children[i], SIGKILL);
        processes_end_group(supervisor.children[i]);
    }
    processes_end_strangers(getpid(), is_own_child);
    atomic_store(&worker->metrics->end, WORKER_STOPPED);
    _exit(status);
}

/* True in the new child. */
static bool fork_child(struct worker *worker, int place)
{
    pid_t parent = getpid();
    worker->interpreter->before_fork();
    pid_t child = fork();
    if (child != 0) {
        worker->interpreter->after_fork_parent();
        supervisor.children[place] = child;
        if (child < 0)
            uwsgi_log("standpy: worker %d: fork(): %s\n", worker->number, strerror(errno));
        return false;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    sigprocmask(SIG_SETMASK, &supervisor.mask, NULL);
    processes_adopt();
    worker->interpreter->after_fork_child();
    worker->interpreter->warm_up();
    return true;
}

/* A child is gone. Where it had the turn, it did not end as it should. */
static void bury(struct worker *worker, pid_t child)
{
    processes_end_group(child);
    processes_end_strangers(getpid(), is_own_child); /* those of it that left its group */
    int holder = (int)child;
    if (!atomic_compare_exchange_strong(&worker->metrics->child, &holder, 0))
        return;
    int why = atomic_exchange(&worker->metrics->end, WORKER_CRASHED);
    atomic_fetch_add(&worker->metrics->ends[why], 1);
    overdue_never(worker->metrics);
    worker->interpreter->clean_scratch();
    set_harakiri(0);
    core(worker)->in_request = 0;
    give_turn(worker);
}

/* True in a new child. */
static bool replace_dead_children(struct worker *worker)
{
    int status;
    for (pid_t child = waitpid(-1, &status, WNOHANG); child > 0;
         child = waitpid(-1, &status, WNOHANG)) {
        for (int i = 0; i < supervisor.count; i++) {
            if (supervisor.children[i] == child)
                supervisor.children[i] = 0;
        }
        bury(worker, child);
    }
    for (int i = 0; i < supervisor.count; i++) {
        if (supervisor.children[i] <= 0 && fork_child(worker, i))
            return true;
    }
    return false;
}

/*
 * Lets the child that has the turn finish; those that wait for it get it once more, one after the
 * other, for requests that came meanwhile.
 */
__attribute__((noreturn)) static void end_gracefully(struct worker *worker)
{
    uwsgi.workers[worker->number].manage_next_request = 0;
    for (int i = 0; i < supervisor.count; i++) {
        if (supervisor.children[i] > 0)
            kill(supervisor.children[i], SIGHUP);
    }
    pid_t child;
    while ((child = waitpid(-1, NULL, 0)) > 0 || errno == EINTR) {
        if (child > 0)
            bury(worker, child);
    }
    supervisor.count = 0;
    end(worker, UWSGI_RELOAD_CODE);
}

void supervisor_run(struct worker *worker, int children)
{
    supervisor.count = children;
    pid_t master = getppid();
    sigemptyset(&supervisor.waited_for);
    sigaddset(&supervisor.waited_for, SIGCHLD);
    sigaddset(&supervisor.waited_for, SIGHUP);
    sigaddset(&supervisor.waited_for, SIGINT);
    sigaddset(&supervisor.waited_for, SIGQUIT);
    sigaddset(&supervisor.waited_for, SIGTERM);
    sigprocmask(SIG_BLOCK, &supervisor.waited_for, &supervisor.mask);
    give_turn(worker);
    for (;;) {
        if (replace_dead_children(worker))
            return;
        /* Where a fork failed it is tried again, as after the death of a child. */
        const struct timespec second = {.tv_sec = 1};
        int number = sigtimedwait(&supervisor.waited_for, NULL, &second);
        if (number == SIGHUP)
            end_gracefully(worker);
        /* uWSGI's workers end where their master was killed, and so would each new child. */
        if ((number > 0 && number != SIGCHLD) || getppid() != master)
            end(worker, UWSGI_END_CODE);
    }
}

void supervisor_take_turn(struct worker *worker)
{
    wait_for_turn(worker);
    atomic_store(&worker->metrics->child, (int)getpid());
    /* As uWSGI does in a new worker: the head before this one is still in the buffer. */
    memset(core(worker)->buffer, 0, sizeof(struct uwsgi_header));
}

void supervisor_pass_turn(struct worker *worker)
{
    set_harakiri(0);
    overdue_never(worker->metrics);
    core(worker)->in_request = 0;
    atomic_store(&worker->metrics->child, 0);
    give_turn(worker);
    _exit(0);
}
