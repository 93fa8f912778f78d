#include "zygote_keeper.h"

#include <dlfcn.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "engine.h"
#include "monotonic.h"
#include "processes.h"
#include "scratch_folder.h"
#include "uwsgi_api.h"

extern struct uwsgi_server uwsgi;

#define PROGRAM          "standpy-zygote"
#define NAMES            "standpy_names.so" /* names/names.h */
#define CONTROL_NUMBER   3                  /* its descriptor of the control socket */
#define SHORT_LIFE       5000 /* milliseconds; a zygote that ended sooner has failed */
#define FIRST_DELAY      100U /* milliseconds until the next one starts, if the last one failed */
#define MOST_DOUBLINGS   7
#define STOP_PATIENCE    3000 /* milliseconds, for an orderly end */
#define STRANGERS_ROUNDS 100  /* milliseconds; each round ends a generation of descendants */
#define ARGUMENTS        20

static struct {
    struct zygote_config config;
    const int *control;
    pid_t process; /* 0: none */
    int64_t started;
    unsigned failures; /* in a row */
    struct shared *shared;
} keeper;

void zygote_keeper_spare(struct shared *shared)
{
    keeper.shared = shared;
}

/* Finds a file beside the plugin; path: without symbolic links. */
static bool find_beside(const char *name, char path[PATH_MAX], int mode)
{
    char here_path[PATH_MAX];
    Dl_info here;
    if (dladdr(PROGRAM, &here) == 0 || !here.dli_fname)
        return false;
    const char *slash = strrchr(here.dli_fname, '/');
    int folder = slash ? (int)(slash - here.dli_fname) + 1 : 0;
    int length = snprintf(here_path, PATH_MAX, "%.*s%s", folder, here.dli_fname, name);
    return length > 0 && length < PATH_MAX && realpath(here_path, path) && access(path, mode) == 0;
}

/* Appends to LD_PRELOAD, because sanitizers must come first in it. */
static bool preload(const char *library)
{
    const char *before = getenv("LD_PRELOAD");
    char *list = NULL;
    if (asprintf(&list, "%s%s%s", before ? before : "", before ? ":" : "", library) < 0)
        return false;
    bool set = setenv("LD_PRELOAD", list, 1) == 0;
    free(list);
    return set;
}

struct arguments {
    char *list[ARGUMENTS];
    size_t count;
};

__attribute__((format(printf, 2, 3))) static void add(struct arguments *arguments,
                                                      const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = NULL;
    if (arguments->count + 1 < ARGUMENTS && vasprintf(&text, format, values) >= 0)
        arguments->list[arguments->count++] = text;
    va_end(values);
}

static struct arguments make_arguments(const struct zygote_config *config, pid_t master,
                                       const char *names)
{
    struct arguments arguments = {0};
    add(&arguments, PROGRAM);
    add(&arguments, "--parent=%d", (int)master);
    add(&arguments, "--executable=%s", config->executable);
    add(&arguments, "--library=%s", config->library);
    add(&arguments, "--names=%s", names);
    add(&arguments, "--preload=%s", config->preload);
    if (config->preload_required)
        add(&arguments, "--preload-required");
    add(&arguments, "--scratch=%s", config->scratch_dir);
    add(&arguments, "--engine=%s", config->engine_id);
    add(&arguments, "--memory-limit=%llu", (unsigned long long)config->memory_limit);
    add(&arguments, "--sandbox=%d", config->sandbox_abi);
    if (config->filtered)
        add(&arguments, "--filter");
    if (config->process_each)
        add(&arguments, "--process");
    if (config->scratch_exec)
        add(&arguments, "--scratch-exec");
    return arguments;
}

static void reset_signals(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* exec(2) would keep ignored signals ignored */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void become_zygote(const char *program, const char *names,
                                                    pid_t master, unsigned delay)
{
    reset_signals();
    setpgid(0, 0); /* a terminal's ^C goes to the master alone, which passes it on */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct arguments arguments = make_arguments(&keeper.config, master, names);
    int nothing = open("/dev/null", O_RDONLY);
    int control = fcntl(keeper.control[1], F_DUPFD, 100);
    if (nothing < 0 || control < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(control, CONTROL_NUMBER) < 0)
        _exit(1);
    syscall(SYS_close_range, CONTROL_NUMBER + 1, ~0U, 0);
    usleep(delay * 1000);
    if (getppid() == master && preload(names))
        execv(program, arguments.list);
    _exit(1);
}

static unsigned choose_delay(void)
{
    if (keeper.failures == 0)
        return 0;
    unsigned doublings = keeper.failures - 1;
    return FIRST_DELAY << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS);
}

static bool spawn(void)
{
    char program[PATH_MAX], names[PATH_MAX];
    if (!find_beside(PROGRAM, program, X_OK) || !find_beside(NAMES, names, R_OK)) {
        uwsgi_log("standpy: %s and %s have to be beside the plugin\n", PROGRAM, NAMES);
        return false;
    }
    if (strpbrk(names, ": ")) {
        /* They separate the entries of LD_PRELOAD, and cannot be escaped (ld.so(8)). */
        uwsgi_log("standpy: %s cannot be preloaded: its path has a blank or a colon\n", names);
        return false;
    }
    pid_t master = getpid(), child = fork();
    if (child == 0)
        become_zygote(program, names, master, choose_delay());
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
    *blame = BLAME_START;
    if (!spawn()) {
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
    if (process == keeper.process || is_runner(process))
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

void zygote_keeper_turn(void)
{
    int status = 0;
    wake(uwsgi.workers[1].pid, "front");
    wake(keeper.process, "zygote");
    if (keeper.process > 0 && has_ended(&status)) {
        bool failed = monotonic_milliseconds() - keeper.started < SHORT_LIFE;
        keeper.failures = failed ? keeper.failures + 1 : 0;
        keeper.process = 0;
        say_how(status);
    }
    if (keeper.process == 0 && !uwsgi_instance_is_dying && !uwsgi_instance_is_reloading)
        spawn();
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
    if (keeper.process > 0)
        end_zygote();
    for (size_t i = 0; keeper.shared && i < keeper.shared->runner_capacity; i++)
        atomic_store(&keeper.shared->runners[i], 0);
    end_leftovers();
    scratch_remove_all(keeper.config.scratch_dir, keeper.config.engine_id);
}
