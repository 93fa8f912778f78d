#include "zygote_keeper.h"

#include <poll.h>

#include "engine.h"
#include "monotonic.h"
#include "processes.h"
#include "scratch_folder.h"
#include "succession.h"
#include "uwsgi_api.h"

extern struct uwsgi_server uwsgi;

#define SHORT_LIFE       5000 /* milliseconds; a zygote that ended sooner has failed */
#define FIRST_DELAY      100U /* milliseconds until the next one starts, if the last one failed */
#define MOST_DOUBLINGS   7
#define STOP_PATIENCE    3000 /* milliseconds, for an orderly end */
#define STRANGERS_ROUNDS 100  /* milliseconds; each round ends a generation of descendants */

static struct {
    struct zygote_config config;
    const int *control;
    pid_t process; /* 0: none */
    int64_t started;
    unsigned failures;                   /* in a row */
    char learned[MODULE_NAMES_TEXT + 1]; /* modules that the current one imported in advance */
    struct shared *shared;
} keeper;

void zygote_keeper_spare(struct shared *shared)
{
    keeper.shared = shared;
    succession_heed(&shared->wish);
}

static unsigned choose_delay(void)
{
    if (keeper.failures == 0)
        return 0;
    unsigned doublings = keeper.failures - 1;
    return FIRST_DELAY << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS);
}

static bool spawn(bool needs_application)
{
    const struct zygote_launch launch = {
        .config = &keeper.config,
        .learned = keeper.learned,
        .control = keeper.control[1],
        .successor = -1,
        .needs_application = needs_application,
        .delay = choose_delay(),
    };
    pid_t child = zygote_launch(&launch);
    keeper.process = child > 0 ? child : 0;
    keeper.started = monotonic_milliseconds();
    return child > 0;
}

static bool has_ended(int *status)
{
    pid_t ended = waitpid(keeper.process, status, WNOHANG);
    return ended == keeper.process || (ended < 0 && errno == ECHILD);
}

static bool take_answer(const struct control_message *message, ssize_t length,
                        enum control_blame *blame, char *error, size_t capacity)
{
    if (length < 0 || !control_is_whole(message, (size_t)length))
        return false;
    if (message->kind == CONTROL_HELLO)
        return true;
    *blame = message->blame == BLAME_ENVIRONMENT ? BLAME_ENVIRONMENT : BLAME_START;
    snprintf(error, capacity, "%.*s", (int)message->text_length, message->text);
    return false;
}

/* True if it is ready. If it ends without a message, something that it loaded has ended it. */
static bool wait_for_answer(enum control_blame *blame, char *error, size_t capacity)
{
    static struct control_message message;
    struct pollfd answer = {.fd = keeper.control[0], .events = POLLIN};
    int status = 0;
    *blame = BLAME_ENVIRONMENT;
    for (bool ended = false;; ended = has_ended(&status)) {
        if (poll(&answer, 1, ended ? 0 : 50) > 0) {
            ssize_t length = recv(answer.fd, &message, sizeof(message), MSG_DONTWAIT);
            return take_answer(&message, length, blame, error, capacity);
        }
        if (!ended)
            continue;
        if (WIFSIGNALED(status))
            snprintf(error, capacity, "loading it ends with: %s", strsignal(WTERMSIG(status)));
        else
            snprintf(error, capacity, "loading it ends the process with status %d",
                     WEXITSTATUS(status));
        return false;
    }
}

bool zygote_keeper_start(const struct zygote_config *config, const int control[2],
                         enum control_blame *blame, char *error, size_t capacity)
{
    keeper.config = *config;
    keeper.control = control;
    succession_set_up(&keeper.config, control);
    *blame = BLAME_START;
    if (!spawn(config->app_required)) {
        snprintf(error, capacity, "the zygote cannot be started: %s", strerror(errno));
        return false;
    }
    bool ready = wait_for_answer(blame, error, capacity);
    if (!ready)
        zygote_keeper_stop();
    return ready;
}

/* A stopped front or zygote holds up everybody, so it goes on, even if somebody debugs it. */
static void wake(pid_t process, const char *what)
{
    siginfo_t stopped = {0};
    if (process <= 0 || waitid(P_PID, (id_t)process, &stopped, WSTOPPED | WNOHANG) != 0 ||
        stopped.si_pid != process)
        return;
    uwsgi_log("standpy: the %s was stopped by a signal, it goes on\n", what);
    kill(process, SIGCONT);
}

static bool is_runner(pid_t process)
{
    for (size_t i = 0; keeper.shared && i < keeper.shared->runner_capacity; i++) {
        if (atomic_load(&keeper.shared->runners[i]) == process)
            return true;
    }
    return false;
}

/* Children of the master that uWSGI or this file has started, or that still run a script. */
static bool is_known(pid_t process)
{
    if (process == keeper.process || process == succession_process() || is_runner(process))
        return true;
    for (int id = 1; uwsgi.workers && id <= uwsgi.numproc; id++) {
        if (uwsgi.workers[id].pid == process)
            return true;
    }
    for (int id = 0; uwsgi.mules && id < uwsgi.mules_cnt; id++) {
        if (uwsgi.mules[id].pid == process)
            return true;
    }
    for (const struct uwsgi_daemon *daemon = uwsgi.daemons; daemon; daemon = daemon->next) {
        if (daemon->pid == process)
            return true;
    }
    return false;
}

/* If there is no zygote, the processes that a runner leaves become children of the master. */
static void end_leftovers(void)
{
    size_t ended = 0;
    for (unsigned round = 0;
         round < STRANGERS_ROUNDS && processes_end_strangers(is_known, &ended) > 0; round++) {
        if (processes_persist(round))
            ended += processes_end_all(is_known);
        usleep(1000);
    }
}

static void say_how(int status)
{
    if (WIFSIGNALED(status))
        uwsgi_log("standpy: the zygote was ended by signal %d, another one starts\n",
                  WTERMSIG(status));
    else
        uwsgi_log("standpy: the zygote ended with status %d, another one starts\n",
                  WEXITSTATUS(status));
}

/* If it ended too soon, a learned module may be why: the next one imports none. */
static void note_end(int status)
{
    bool failed = monotonic_milliseconds() - keeper.started < SHORT_LIFE;
    keeper.failures = failed ? keeper.failures + 1 : 0;
    if (failed)
        keeper.learned[0] = '\0';
    say_how(status);
}

/* The current one has ended, perhaps because it was told to. */
static void replace(int status)
{
    keeper.process = succession_take_over(keeper.learned);
    if (keeper.process == 0) {
        note_end(status);
        return;
    }
    keeper.started = monotonic_milliseconds();
    keeper.failures = 0;
}

void zygote_keeper_turn(void)
{
    int status = 0;
    wake(uwsgi.workers[1].pid, "front");
    wake(keeper.process, "zygote");
    bool ends = uwsgi_instance_is_dying || uwsgi_instance_is_reloading;
    if (keeper.process > 0 && has_ended(&status))
        replace(status);
    if (keeper.process == 0 && !ends)
        spawn(false);
    if (!ends && keeper.config.learns)
        succession_turn();
    end_leftovers();
}

static void end_zygote(void)
{
    int status;
    kill(keeper.process, SIGCONT);
    kill(keeper.process, SIGTERM);
    int64_t patience = monotonic_milliseconds() + STOP_PATIENCE;
    while (!has_ended(&status)) {
        if (monotonic_milliseconds() > patience)
            kill(keeper.process, SIGKILL);
        usleep(1000);
    }
    keeper.process = 0;
}

void zygote_keeper_stop(void)
{
    succession_stop();
    if (keeper.process > 0)
        end_zygote();
    for (size_t i = 0; keeper.shared && i < keeper.shared->runner_capacity; i++)
        atomic_store(&keeper.shared->runners[i], 0);
    end_leftovers();
    scratch_remove_all(keeper.config.scratch_dir, keeper.config.engine_id);
}
