#include "birth.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "children.h"
#include "control_socket.h"
#include "descriptors.h"
#include "pages.h"
#include "runner.h"
#include "sandbox.h"
#include "scratch_reserve.h"

/* What a new runner and the front get. -1: not there (yet). */
struct outfit {
    char scratch[SCRATCH_NAME];
    int folder;  /* the scratch folder */
    int channel; /* the runner's end */
    int born[BORN_DESCRIPTORS];
};

static void close_outfit(const struct outfit *outfit)
{
    const int others[] = {outfit->folder, outfit->channel};
    for (size_t i = 0; i < BORN_DESCRIPTORS; i++) {
        if (outfit->born[i] >= 0)
            close(outfit->born[i]);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (others[i] >= 0)
            close(others[i]);
    }
}

/* If the tmpfs is full or missing, one line says so, not one for each attempt. */
static bool make_scratch(struct zygote *zygote, struct outfit *outfit)
{
    static int last_failure;
    outfit->folder = scratch_reserve_take(&zygote->scratch, zygote->engine_id, outfit->scratch);
    int failure = outfit->folder < 0 ? errno : 0;
    if (failure != 0 && failure != last_failure)
        zygote_log("cannot make a scratch folder in %s: %s", zygote->scratch.path,
                   strerror(failure));
    last_failure = failure;
    if (failure != 0)
        outfit->scratch[0] = '\0';
    return failure == 0;
}

static bool make_files(struct outfit *outfit)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    outfit->born[BORN_CHANNEL] = ends[0];
    outfit->channel = ends[1];
    outfit->born[BORN_STACK] = memory_file_open("stack");
    outfit->born[BORN_OUT] = memory_file_open("stdout");
    outfit->born[BORN_ERR] = memory_file_open("stderr");
    outfit->born[BORN_RESULT] = memory_file("result");
    return outfit->born[BORN_STACK] >= 0 && outfit->born[BORN_OUT] >= 0 &&
           outfit->born[BORN_ERR] >= 0 && outfit->born[BORN_RESULT] >= 0;
}

static bool make_outfit(struct zygote *zygote, struct outfit *outfit)
{
    *outfit = (struct outfit){.folder = -1, .channel = -1};
    for (size_t i = 0; i < BORN_DESCRIPTORS; i++)
        outfit->born[i] = -1;
    if (!make_scratch(zygote, outfit))
        return false;
    bool made = make_files(outfit);
    if (!made)
        zygote_log("no descriptors or memory for a runner: %s", strerror(errno));
    return made;
}

__attribute__((noreturn)) static void become_runner(const struct zygote *zygote, pid_t parent,
                                                    const struct outfit *outfit)
{
    char path[PATH_MAX + SCRATCH_NAME];
    pages_populate();
    snprintf(path, sizeof(path), "%s/%s", zygote->scratch.path, outfit->scratch);
    const struct runner_config config = {
        .interpreter = zygote->interpreter,
        .files = {.channel = outfit->channel,
                  .out = outfit->born[BORN_OUT],
                  .err = outfit->born[BORN_ERR],
                  .stack = outfit->born[BORN_STACK],
                  .result = outfit->born[BORN_RESULT],
                  .folder = outfit->folder,
                  .ruleset = zygote->confined ? sandbox_create(outfit->folder) : -1},
        .scratch = path,
        .zygote = parent,
        .memory_limit = zygote->memory_limit,
        .memory_share = zygote->memory_share,
        .filtered = zygote->filtered,
        .process_each = zygote->process_each,
        .kept = zygote->pool == POOL_APPLICATION ? zygote->application.kept : NULL,
    };
    if (zygote->confined && config.files.ruleset < 0) {
        zygote_log("cannot make a sandbox: %s", strerror(errno));
        _exit(1);
    }
    runner_run(&config);
}

/* Returns the number of the new process; -1 if there is none. */
static pid_t fork_runner(struct zygote *zygote, struct outfit *outfit)
{
    pid_t parent = getpid();
    if (!children_reserve())
        return -1;
    zygote->interpreter->before_fork();
    pid_t child = fork();
    if (child == 0)
        become_runner(zygote, parent, outfit);
    int failure = errno;
    zygote->interpreter->after_fork_parent();
    if (child < 0) {
        zygote_log("fork(): %s%s", strerror(failure),
                   failure == EAGAIN
                       ? ": pids_limit of the container, or ulimit -u, allows no more processes"
                       : "");
        return -1;
    }
    outfit->born[BORN_PIDFD] = (int)syscall(SYS_pidfd_open, child, 0);
    return child;
}

/* Hands a runner over to the front. False if the front does not know of it then. */
static bool hand_over(const struct zygote *zygote, pid_t process, uint64_t generation,
                      const struct outfit *outfit)
{
    struct control_message message = {
        .kind = CONTROL_BORN, .process = process, .generation = generation, .pool = zygote->pool};
    message.text_length = (uint32_t)strlen(outfit->scratch);
    memcpy(message.text, outfit->scratch, message.text_length);
    return outfit->born[BORN_PIDFD] >= 0 && control_send(&message, outfit->born, BORN_DESCRIPTORS);
}

static void say_that_none_came(const struct zygote *zygote, uint64_t generation)
{
    const struct control_message message = {
        .kind = CONTROL_GONE, .generation = generation, .pool = zygote->pool};
    control_send(&message, NULL, 0);
}

/* Registers a new runner. If it cannot be handed over, it is killed, and buried like any other. */
static void take_in(const struct zygote *zygote, pid_t process, uint64_t generation,
                    const struct outfit *outfit)
{
    struct child child = {.process = process, .kind = CHILD_RUNNER, .generation = generation};
    memcpy(child.scratch, outfit->scratch, sizeof(child.scratch));
    bool known = hand_over(zygote, process, generation, outfit);
    if (!known) {
        child.generation = 0;
        kill(process, SIGKILL);
        say_that_none_came(zygote, generation);
    }
    children_add(&child);
}

void birth(struct zygote *zygote, uint64_t generation)
{
    struct outfit outfit;
    pid_t process = make_outfit(zygote, &outfit) ? fork_runner(zygote, &outfit) : -1;
    if (process > 0) {
        take_in(zygote, process, generation, &outfit);
    } else {
        say_that_none_came(zygote, generation);
        if (outfit.scratch[0] != '\0')
            scratch_remove(&zygote->scratch, outfit.scratch, 2);
    }
    close_outfit(&outfit);
}
