#include "burial.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "control_socket.h"
#include "monotonic.h"
#include "pages.h"
#include "processes.h"
#include "scratch_reserve.h"
#include "trial.h"

#define FEW_ENTRIES    2000 /* in a scratch folder: removing so many takes some milliseconds */
#define PATIENCE       20   /* milliseconds for strangers, while runners wait to be forked */
#define LAST_PATIENCE  500  /* milliseconds for strangers at the end */
#define FIRST_PAUSE    100  /* microseconds between two looks at strangers */
#define LONGEST_PAUSE  2000
#define REMOVER_FAILED 1

/* Scratch folders */

static void remove_whole(struct zygote *zygote, const char *name)
{
    if (scratch_remove(&zygote->scratch, name, SIZE_MAX) == SCRATCH_REMOVED)
        _exit(0);
    zygote_log("cannot remove the scratch folder %s: %s", name, strerror(errno));
    _exit(REMOVER_FAILED);
}

/* Starts a process that removes it. What that cannot remove, the master removes at the end. False
 * with errno set. */
static bool start_remover(struct zygote *zygote, const char *name)
{
    pid_t zygote_process = getpid();
    struct child child = {.kind = CHILD_REMOVER};
    snprintf(child.scratch, sizeof(child.scratch), "%s", name);
    child.process = children_reserve() ? fork() : -1;
    if (child.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == zygote_process)
            remove_whole(zygote, name);
        _exit(REMOVER_FAILED);
    }
    if (child.process > 0)
        children_add(&child);
    else
        zygote_log("the scratch folder %s stays: %s", name, strerror(errno));
    return child.process > 0;
}

static bool remove_scratch(struct zygote *zygote, const char *name)
{
    return scratch_reserve_return(&zygote->scratch, zygote->engine_id, name, FEW_ENTRIES) ==
               SCRATCH_REMOVED ||
           start_remover(zygote, name);
}

/* Strangers */

/*
 * Ends strangers, generation after generation: if one ends, its children become the zygote's.
 * Returns how many ended; *left says whether some are left.
 */
static size_t end_strangers(int64_t until, bool *left)
{
    size_t ended = 0;
    unsigned pause = FIRST_PAUSE;
    for (unsigned round = 0;; round++) {
        size_t before = ended;
        if (processes_persist(round))
            ended += processes_end_all(children_know);
        size_t strangers = processes_end_strangers(children_know, &ended);
        if (strangers == 0)
            return ended;
        if (monotonic_milliseconds() >= until) {
            *left = true;
            return before + strangers; /* all of them are killed, but still ending */
        }
        usleep(pause);
        pause = pause < LONGEST_PAUSE ? 2 * pause : pause;
    }
}

/* Runners */

static void tell(enum control_kind kind, const struct child *child, uint64_t generation, int status,
                 size_t strangers)
{
    const struct control_message message = {
        .kind = kind,
        .process = child->process,
        .generation = child->generation,
        .status = status,
        .strangers = (uint32_t)strangers,
    };
    if (child->generation == generation && generation != 0)
        control_send(&message, NULL, 0);
}

/* One look at the children: how long it may take, and whether strangers are left then. */
struct look {
    uint64_t generation;
    int64_t until;
    bool left;
};

/* Buries a trial, too. */
static void bury_runner(struct zygote *zygote, const struct child *child, struct look *look)
{
    int status = 0;
    kill(-child->process, SIGKILL); /* its group, while it still has the number */
    waitpid(child->process, &status, 0);
    size_t strangers = end_strangers(look->until, &look->left);
    remove_scratch(zygote, child->scratch);
    if (child->kind == CHILD_TRIAL)
        trial_end(child, status);
    else
        tell(CONTROL_GONE, child, look->generation, status, strangers);
}

static void (*host_ended)(int status, uint64_t generation);

void burial_tell_of_host(void (*ended)(int status, uint64_t generation))
{
    host_ended = ended;
}

/* Its runners are strangers now. */
static void bury_host(struct zygote *zygote, struct child *child, struct look *look)
{
    int status = 0;
    waitpid(child->process, &status, 0);
    children_drop(child);
    end_strangers(look->until, &look->left);
    bury_unknown(zygote);
    host_ended(status, look->generation);
}

static void take_stop(pid_t process, const struct child *child, uint64_t generation)
{
    siginfo_t taken;
    waitid(P_PID, (id_t)process, &taken, WSTOPPED | WNOHANG);
    if (child && child->kind == CHILD_RUNNER)
        tell(CONTROL_STOPPED, child, generation, 0, 0);
    else if (child && child->kind == CHILD_HOST)
        kill(process, SIGCONT); /* nobody else forks the application's runners */
}

/* Deals with a child whose state has changed. */
static void look_at(struct zygote *zygote, const siginfo_t *change, struct look *look)
{
    struct child *child = children_find(change->si_pid);
    if (change->si_code == CLD_STOPPED || change->si_code == CLD_TRAPPED) {
        take_stop(change->si_pid, child, look->generation);
    } else if (child && child->kind == CHILD_HOST) {
        bury_host(zygote, child, look);
    } else if (child && child->kind != CHILD_REMOVER) {
        const struct child gone = *child;
        children_drop(child); /* from now on a process with its number is a stranger */
        bury_runner(zygote, &gone, look);
    } else {
        waitpid(change->si_pid, NULL, WNOHANG);
        if (child)
            children_drop(child);
    }
}

void burial_end(pid_t process)
{
    const struct child *child = children_find(process);
    if (!child || child->kind != CHILD_RUNNER)
        return; /* it has ended by itself */
    pages_learn(process);
    kill(process, SIGKILL);
}

bool bury(struct zygote *zygote, uint64_t generation)
{
    struct look look = {.generation = generation, .until = monotonic_milliseconds() + PATIENCE};
    siginfo_t change = {0};
    while (waitid(P_ALL, 0, &change, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
           change.si_pid != 0) {
        look_at(zygote, &change, &look);
        change.si_pid = 0;
    }
    end_strangers(look.until, &look.left);
    return look.left;
}

void bury_folder(struct zygote *zygote, struct slice name)
{
    char own[SCRATCH_NAME];
    if (name.length == 0 || name.length >= sizeof(own))
        return;
    memcpy(own, name.data, name.length);
    own[name.length] = '\0';
    if (scratch_is_of(own, zygote->engine_id) && !children_have_scratch(own))
        remove_scratch(zygote, own);
}

static bool is_had(const char *name)
{
    return children_have_scratch(name) || scratch_reserve_has(name);
}

void bury_unknown(struct zygote *zygote)
{
    char name[SCRATCH_NAME];
    while (scratch_find_other(&zygote->scratch, zygote->engine_id, is_had, name)) {
        if (scratch_remove(&zygote->scratch, name, SIZE_MAX) != SCRATCH_REMOVED)
            return; /* the master removes it at the end */
    }
}

static bool know_nobody(pid_t process)
{
    (void)process;
    return false;
}

void bury_all(struct zygote *zygote)
{
    size_t ended = 0;
    int64_t until = monotonic_milliseconds() + LAST_PATIENCE;
    children_kill(CHILD_RUNNER);
    children_kill(CHILD_REMOVER);
    children_kill(CHILD_HOST);
    children_kill(CHILD_TRIAL);
    /* When a child ends, its own children become the zygote's. */
    for (unsigned round = 0;
         processes_end_strangers(know_nobody, &ended) > 0 && monotonic_milliseconds() < until;
         round++) {
        if (processes_persist(round))
            ended += processes_end_all(know_nobody);
        usleep(LONGEST_PAUSE);
    }
    scratch_repair(&zygote->scratch);
    scratch_remove_all(zygote->scratch.path, zygote->engine_id);
}
