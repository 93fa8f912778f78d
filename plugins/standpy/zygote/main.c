/*
 * standpy-zygote. The engine's master starts it, never a person, so it trusts its arguments. Only
 * --help and --version are for people.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "application.h"
#include "control_socket.h"
#include "loader.h"
#include "machine_memory.h"
#include "pages.h"
#include "reserve.h"
#include "sandbox.h"
#include "scratch_reserve.h"
#include "service.h"
#include "stack_dump.h"
#include "system_calls.h"
#include "zygote.h"

#define ERROR_CAPACITY CONTROL_TEXT

#define SUCCESSOR_SOCKET   4 /* a successor's, to the master (start/succession.c) */
#define SUCCESSOR_IS_READY 'r'

/* Without MEMORY_LIMIT, of the memory of machine or container: how much a runner may keep. */
#define MEMORY_SHARE 8

#define USAGE "usage: standpy-zygote [--version | --help]; StandPy's engine starts it"

struct arguments {
    struct interpreter_config python;
    const char *library, *names, *scratch, *engine_id;
    unsigned long long memory_limit;
    int sandbox_abi;
    pid_t master;
    bool filtered; /* system calls */
    bool process_each;
    bool scratch_exec;
    struct application_config application;
    bool app_required; /* without the application the zygote does not start */
    bool is_successor; /* waits to take over from the zygote at work */
};

enum option_code {
    OPTION_EXECUTABLE = 1,
    OPTION_LIBRARY,
    OPTION_NAMES,
    OPTION_PRELOAD,
    OPTION_PRELOAD_REQUIRED,
    OPTION_SCRATCH,
    OPTION_ENGINE,
    OPTION_MEMORY_LIMIT,
    OPTION_SANDBOX,
    OPTION_PARENT,
    OPTION_FILTER,
    OPTION_PROCESS,
    OPTION_SCRATCH_EXEC,
    OPTION_LEARN,
    OPTION_LEARNED,
    OPTION_SUCCESSOR,
    OPTION_APPLICATION,
    OPTION_APP_FOLDER,
    OPTION_APP_MOUNT,
    OPTION_APP_KEPT,
    OPTION_APP_WORKERS,
    OPTION_APP_REQUIRED,
};

static const struct option options[] = {
    {"executable", required_argument, NULL, OPTION_EXECUTABLE},
    {"library", required_argument, NULL, OPTION_LIBRARY},
    {"names", required_argument, NULL, OPTION_NAMES},
    {"preload", required_argument, NULL, OPTION_PRELOAD},
    {"preload-required", no_argument, NULL, OPTION_PRELOAD_REQUIRED},
    {"scratch", required_argument, NULL, OPTION_SCRATCH},
    {"engine", required_argument, NULL, OPTION_ENGINE},
    {"memory-limit", required_argument, NULL, OPTION_MEMORY_LIMIT},
    {"sandbox", required_argument, NULL, OPTION_SANDBOX},
    {"parent", required_argument, NULL, OPTION_PARENT},
    {"filter", no_argument, NULL, OPTION_FILTER},
    {"process", no_argument, NULL, OPTION_PROCESS},
    {"scratch-exec", no_argument, NULL, OPTION_SCRATCH_EXEC},
    {"learn", no_argument, NULL, OPTION_LEARN},
    {"learned", required_argument, NULL, OPTION_LEARNED},
    {"successor", no_argument, NULL, OPTION_SUCCESSOR},
    {"application", required_argument, NULL, OPTION_APPLICATION},
    {"app-folder", required_argument, NULL, OPTION_APP_FOLDER},
    {"app-mount", required_argument, NULL, OPTION_APP_MOUNT},
    {"app-kept", required_argument, NULL, OPTION_APP_KEPT},
    {"app-workers", required_argument, NULL, OPTION_APP_WORKERS},
    {"app-required", no_argument, NULL, OPTION_APP_REQUIRED},
    {NULL, 0, NULL, 0},
};

static bool take_application(struct arguments *arguments, int code)
{
    switch (code) {
    case OPTION_APPLICATION:
        arguments->application.name = optarg;
        return true;
    case OPTION_APP_FOLDER:
        arguments->application.folder = optarg;
        return true;
    case OPTION_APP_MOUNT:
        arguments->application.mount = optarg;
        return true;
    case OPTION_APP_KEPT:
        arguments->application.kept = optarg;
        return true;
    case OPTION_APP_WORKERS:
        arguments->application.workers = atoi(optarg);
        return true;
    case OPTION_APP_REQUIRED:
        arguments->app_required = true;
        return true;
    default:
        return false;
    }
}

static bool take_option(struct arguments *arguments, int code)
{
    switch (code) {
    case OPTION_EXECUTABLE:
        arguments->python.executable = optarg;
        return true;
    case OPTION_LIBRARY:
        arguments->library = optarg;
        return true;
    case OPTION_NAMES:
        arguments->names = optarg;
        return true;
    case OPTION_PRELOAD:
        arguments->python.preload = optarg;
        return true;
    case OPTION_PRELOAD_REQUIRED:
        arguments->python.preload_required = true;
        return true;
    case OPTION_SCRATCH:
        arguments->scratch = optarg;
        return true;
    case OPTION_ENGINE:
        arguments->engine_id = optarg;
        return true;
    case OPTION_MEMORY_LIMIT:
        arguments->memory_limit = strtoull(optarg, NULL, 10);
        return true;
    case OPTION_SANDBOX:
        arguments->sandbox_abi = atoi(optarg);
        return true;
    case OPTION_PARENT:
        arguments->master = atoi(optarg);
        return true;
    case OPTION_FILTER:
        arguments->filtered = true;
        return true;
    case OPTION_PROCESS:
        arguments->process_each = true;
        return true;
    case OPTION_SCRATCH_EXEC:
        arguments->scratch_exec = true;
        return true;
    case OPTION_LEARN:
        arguments->python.learns = true;
        return true;
    case OPTION_LEARNED:
        arguments->python.learned = optarg;
        return true;
    case OPTION_SUCCESSOR:
        arguments->is_successor = true;
        return true;
    default:
        return take_application(arguments, code);
    }
}

static bool take_arguments(struct arguments *arguments, int count, char **texts)
{
    *arguments = (struct arguments){.python = {.preload = "none", .learned = ""},
                                    .application = {.folder = "", .mount = "", .kept = ""}};
    for (int code; (code = getopt_long(count, texts, "", options, NULL)) != -1;) {
        if (!take_option(arguments, code))
            return false;
    }
    return arguments->python.executable && arguments->library && arguments->names &&
           arguments->scratch && arguments->engine_id && arguments->master > 0;
}

static bool is_successor; /* false once it is told to take over */

__attribute__((noreturn)) static void fail(enum control_blame blame, const char *why)
{
    if (is_successor)
        send(SUCCESSOR_SOCKET, why, strlen(why), MSG_NOSIGNAL);
    else
        control_send_failure(blame, why);
    exit(1);
}

__attribute__((noreturn)) static void fail_at(const char *what)
{
    char line[ERROR_CAPACITY];
    snprintf(line, sizeof(line), "%s: %s", what, strerror(errno));
    fail(BLAME_START, line);
}

static void become_zygote(pid_t master)
{
    sigset_t terminal;
    sigemptyset(&terminal);
    sigaddset(&terminal, SIGHUP);
    sigaddset(&terminal, SIGINT);
    sigaddset(&terminal, SIGQUIT);
    sigprocmask(SIG_SETMASK, &terminal, NULL); /* the master reacts to these */
    prctl(PR_SET_NAME, is_successor ? "standpy-next" : "standpy-zygote");
    prctl(PR_SET_DUMPABLE, 0); /* nobody may look into it; runner.c: part */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != master)
        exit(1); /* the master has ended meanwhile */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        fail_at("the zygote cannot become a subreaper");
}

static void start_interpreter(struct zygote *zygote, const struct arguments *arguments)
{
    char error[ERROR_CAPACITY];
    zygote->interpreter = load_interpreter(arguments->library, error, sizeof(error));
    if (!zygote->interpreter)
        fail(BLAME_ENVIRONMENT, error);
    if (!zygote->interpreter->start(&arguments->python, error, sizeof(error)))
        fail(BLAME_START, error);
    zygote->interpreter->warm_up();
    zygote->imported = zygote->interpreter->imported();
    if (!zygote->imported)
        zygote->imported = ";";
    fflush(NULL); /* else each runner would print the buffers once more */
}

static void prepare_runners(struct zygote *zygote, const struct arguments *arguments)
{
    if (!scratch_open(&zygote->scratch, arguments->scratch))
        fail_at("the folder of scratch folders cannot be opened");
    if (!stack_dump_prepare(arguments->master))
        fail_at("the runners' signal cannot be set up");
    if (arguments->sandbox_abi > 0) {
        char *readable = zygote->interpreter->readable_paths();
        if (!readable || !sandbox_prepare(arguments->sandbox_abi, readable, arguments->names,
                                          arguments->scratch_exec))
            fail_at("the sandbox cannot be prepared");
        free(readable);
        zygote->confined = true;
    }
    if (arguments->filtered && !system_calls_prepare())
        fail_at("the filter of system calls cannot be made");
    zygote->filtered = arguments->filtered;
    bool crowded;
    reserve_prepare(&crowded);
    if (crowded)
        zygote_log("user %d has more processes already than scripts may have: there is no limit of "
                   "scripts' processes",
                   (int)getuid());
}

/*
 * A successor says that it is ready, and waits until it is told to take over. Until then it has no
 * scratch folders.
 */
static void wait_for_turn(void)
{
    char byte = SUCCESSOR_IS_READY;
    if (send(SUCCESSOR_SOCKET, &byte, 1, MSG_NOSIGNAL) != 1 ||
        recv(SUCCESSOR_SOCKET, &byte, 1, 0) != 1)
        exit(1); /* the master is gone, or no longer wants it */
    close(SUCCESSOR_SOCKET);
    is_successor = false;
    prctl(PR_SET_NAME, "standpy-zygote");
}

/*
 * A successor always waits for the application, so that pages do not wait for it when it takes
 * over. It does not take over with one that it cannot load, unless the engine goes on without, too.
 */
static void start_application(struct zygote *zygote, bool required)
{
    char error[CONTROL_TEXT];
    application_start(zygote, is_successor ? SUCCESSOR_SOCKET : -1);
    if ((required || (is_successor && zygote->application.name)) &&
        !application_wait(error, sizeof(error)) && required)
        fail(BLAME_START, error);
}

static bool print(const char *argument)
{
    if (strcmp(argument, "--help") == 0)
        return puts(USAGE) >= 0;
    return strcmp(argument, "--version") == 0 && puts("standpy-zygote " STANDPY_VERSION) >= 0;
}

int main(int count, char **texts)
{
    struct arguments arguments;
    if (count == 2 && print(texts[1]))
        return fflush(stdout) == 0 ? 0 : 1;
    if (!take_arguments(&arguments, count, texts)) {
        fputs(USAGE "\n", stderr);
        return 2;
    }
    is_successor = arguments.is_successor;
    become_zygote(arguments.master);
    struct zygote zygote = {
        .engine_id = arguments.engine_id,
        .master = arguments.master,
        .memory_limit = arguments.memory_limit,
        .memory_share = machine_memory() / MEMORY_SHARE,
        .process_each = arguments.process_each,
        .application = arguments.application,
    };
    start_interpreter(&zygote, &arguments);
    prepare_runners(&zygote, &arguments);
    start_application(&zygote, arguments.app_required);
    if (is_successor)
        wait_for_turn();
    scratch_reserve_fill(&zygote.scratch, zygote.engine_id);
    pages_prepare();
    service_run(&zygote);
}
