#include "trial.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"
#include "control_socket.h"
#include "descriptors.h"
#include "monotonic.h"
#include "sandbox.h"
#include "scratch_reserve.h"

#define LONGEST     20000                 /* milliseconds */
#define MOST_MEMORY (UINT64_C(512) << 20) /* bytes that all learned modules may take */
#define SHARE       4                     /* and at most MEMORY_LIMIT divided by this */

static struct {
    pid_t process; /* 0: there is none */
    int verdict;   /* socket that brings the child's verdict */
    int64_t until;
    bool overdue;
    char name[MODULE_NAME];
} trial = {.verdict = -1};

static void answer(enum trial_result result, const char *why, uint64_t generation)
{
    struct control_message message = {
        .kind = CONTROL_TRIED, .generation = generation, .status = (int32_t)result};
    int length =
        snprintf(message.text, CONTROL_TEXT, "%s%s%s", trial.name, why[0] ? "\n" : "", why);
    message.text_length = (uint32_t)(length < CONTROL_TEXT ? length : CONTROL_TEXT - 1);
    control_send(&message, NULL, 0);
}

/* In the child */

static uint64_t most_memory(const struct zygote *zygote)
{
    uint64_t share = zygote->memory_limit / SHARE;
    return share > 0 && share < MOST_MEMORY ? share : MOST_MEMORY;
}

__attribute__((noreturn)) static void become_trial(const struct zygote *zygote, pid_t parent,
                                                   const struct child *child, int folder,
                                                   int channel)
{
    char path[PATH_MAX + SCRATCH_NAME];
    snprintf(path, sizeof(path), "%s/%s", zygote->scratch.path, child->scratch);
    const struct runner_config config = {
        .interpreter = zygote->interpreter,
        .files = {.channel = channel,
                  .out = memory_file_open("stdout"),
                  .err = memory_file_open("stderr"),
                  .stack = memory_file_open("stack"),
                  .result = memory_file("result"),
                  .folder = folder,
                  .ruleset = zygote->confined ? sandbox_create(folder) : -1},
        .scratch = path,
        .zygote = parent,
        .memory_limit = zygote->memory_limit,
        .memory_share = zygote->memory_share,
        .filtered = zygote->filtered,
    };
    if (zygote->confined && config.files.ruleset < 0)
        _exit(1);
    attempt_run(&config, trial.name, most_memory(zygote), LONGEST / 1000);
}

/* In the zygote */

static pid_t fork_trial(const struct zygote *zygote, const struct child *child, int folder,
                        const int ends[2])
{
    pid_t parent = getpid();
    zygote->interpreter->before_fork();
    pid_t process = fork();
    if (process == 0)
        become_trial(zygote, parent, child, folder, ends[1]);
    zygote->interpreter->after_fork_parent();
    return process;
}

/* False if it starts nothing; child->scratch then names the folder that it took, if any. */
static bool start(struct zygote *zygote, struct child *child)
{
    int ends[2];
    if (!children_reserve() ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return false;
    int folder = scratch_reserve_take(&zygote->scratch, zygote->engine_id, child->scratch);
    if (folder >= 0) {
        child->process = fork_trial(zygote, child, folder, ends);
        close(folder);
    } else {
        child->scratch[0] = '\0';
    }
    close(ends[1]);
    if (child->process > 0)
        trial.verdict = ends[0];
    else
        close(ends[0]);
    return child->process > 0;
}

void trial_begin(struct zygote *zygote, struct slice name, uint64_t generation)
{
    struct child child = {.kind = CHILD_TRIAL, .generation = generation};
    if (!module_names_are_valid(name) || name.length == 0 || name.length >= MODULE_NAME ||
        trial.process > 0)
        return;
    memcpy(trial.name, name.data, name.length);
    trial.name[name.length] = '\0';
    if (start(zygote, &child)) {
        trial.process = child.process;
        trial.until = monotonic_milliseconds() + LONGEST;
        trial.overdue = false;
        children_add(&child);
        return;
    }
    if (child.scratch[0] != '\0')
        scratch_remove(&zygote->scratch, child.scratch, 2);
    answer(TRIAL_LOST, "", generation);
}

int trial_timeout(void)
{
    int64_t left = trial.until - monotonic_milliseconds();
    if (trial.process == 0 || trial.overdue)
        return -1;
    return left > 0 ? (int)left : 0;
}

void trial_pass_time(void)
{
    if (trial_timeout() != 0)
        return;
    trial.overdue = true;
    kill(trial.process, SIGKILL);
}

/* Reads the child's verdict, or infers it from how the child ended. *why: the reason, in `text`. */
static enum trial_result find_verdict(int status, char *text, size_t capacity, const char **why)
{
    ssize_t length = recv(trial.verdict, text, capacity - 1, MSG_DONTWAIT);
    text[length > 0 ? length : 0] = '\0';
    *why = text;
    if (trial.overdue)
        snprintf(text, capacity, "importing it takes more than %d s", LONGEST / 1000);
    else if (length > 0 && text[0] == ATTEMPT_FAILED)
        *why = text + 1;
    else if (length > 0 && text[0] != ATTEMPT_PASSED)
        return TRIAL_LOST; /* it could not become a runner */
    else if (length > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TRIAL_PASSED;
    else if (WIFSIGNALED(status))
        snprintf(text, capacity, "importing it kills the process with signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(text, capacity, "importing it ends the process with status %d",
                 WEXITSTATUS(status));
    return TRIAL_FAILED;
}

void trial_end(const struct child *child, int status)
{
    char text[ATTEMPT_TEXT];
    const char *why;
    enum trial_result result = find_verdict(status, text, sizeof(text), &why);
    answer(result, result == TRIAL_FAILED ? why : "", child->generation);
    close(trial.verdict);
    trial.verdict = -1;
    trial.process = 0;
}
