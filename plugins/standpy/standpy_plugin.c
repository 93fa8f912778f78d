/*
 * The uWSGI plugin: its options and hooks, in the order in which uWSGI calls them.
 *
 *   on_load    defaults; refuses a uWSGI that it was not built for
 *   options    standpy-from-env reads the environment, the others fill `settings`
 *   init       in the master, before any fork: environment, interpreter, preload, control sockets
 *   fork       the interpreter's own fork hooks around each worker's
 *   post_fork  worker_start
 *   hijack_worker  the loop that waits for requests
 *   request    worker_request
 *   mule       the control process
 *
 * uWSGI ignores what .init returns (core/uwsgi.c): whatever stops the start must exit by itself.
 */
#include <sys/eventfd.h>

#include "uwsgi_api.h"

#include "connections.h"
#include "engine.h"
#include "interpreter.h"
#include "kept.h"
#include "loader.h"
#include "orphans.h"
#include "overdue.h"
#include "response.h"
#include "sandbox.h"
#include "scratch.h"
#include "worker.h"

extern struct uwsgi_server uwsgi;

#define MULE_NAME "standpy-control"

/* For jansson, see meson.build. */
extern FILE *const standpy_no_stdin;
FILE *const standpy_no_stdin = NULL;

struct engine engine;

/*
 * The layout of uWSGI's structs depends on the features that it was built with (uwsgi.h), which
 * its flags name. A plugin built for another uWSGI would read garbage.
 */
static void check_build(void)
{
    char *flags = uwsgi_get_cflags();
    if (!flags || strcmp(flags, STANDPY_UWSGI_CFLAGS) == 0)
        return;
    refuse_start("this plugin was built for another uWSGI; build it again with "
                 "-Duwsgi=<path of this uwsgi>");
}

/*
 * uWSGI's default of 100 connections overflows in a burst, and Linux then lets clients believe that
 * they are connected. uWSGI refuses to start with more than the kernel's limit.
 */
static void widen_backlog(void)
{
    FILE *limit_file = fopen("/proc/sys/net/core/somaxconn", "r");
    int limit = 0;
    if (!limit_file)
        return;
    if (fscanf(limit_file, "%d", &limit) == 1 && uwsgi.listen_queue == 100 && limit > 100)
        uwsgi.listen_queue = limit < 1024 ? limit : 1024;
    fclose(limit_file);
}

/*
 * Signals that end or reload the engine wait while a worker is forked. A new worker has the
 * master's handlers until uWSGI sets its own, and would act as if it were the master; the master
 * does not know the new worker's number until its loop goes on, and would not end it.
 */
static sigset_t usual_mask;
static bool signals_wait;

static void let_wait(const sigset_t *signals)
{
    sigset_t before;
    sigprocmask(SIG_BLOCK, signals, &before);
    if (!signals_wait)
        usual_mask = before;
    signals_wait = true;
}

/* uWSGI ignores it until its master's loop runs (core/uwsgi.c); it is to end that loop at once. */
static void let_sigterm_wait(void)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    let_wait(&ending);
}

/* Before any option is read, so that each of these can be overridden. */
static void on_load(void)
{
    check_build();
    let_sigterm_wait();
    widen_backlog();
    uwsgi.harakiri_options.workers = TIMEOUT_DEFAULT;
    uwsgi.buffer_size = 65535; /* bytes of request line and headers; the largest that uWSGI can */
    uwsgi.vec_size = 4 * 4 * 128; /* room for 1,000 headers */
    uwsgi.socket_timeout = 10;    /* seconds in which a client sends at least a byte */
    uwsgi.wait_write_hook = response_wait;
    uwsgi.forkbomb_delay = 0;
    uwsgi.min_worker_lifetime = 0; /* seconds; max-requests means requests, whatever the age */
    uwsgi.master_process = 1;
    /* The control process. Options that are not read yet may still be added here. */
    add_exported_option(TEXT("mule"), TEXT(MULE_NAME), 0);
}

static void check_options(void)
{
    if (uwsgi.numproc < 1)
        refuse_start("--workers must be a whole number from 1 to 1024");
    if (uwsgi.harakiri_options.workers < 1)
        refuse_start("--harakiri must be whole seconds from 1 to 86400");
    if (uwsgi.threads > 1 || uwsgi.async > 1)
        refuse_start("an interpreter runs one script at a time: --threads and --async must stay 1; "
                     "use --workers");
    if (uwsgi.loop)
        refuse_start("--loop is not allowed: workers have a loop of their own");
    if (uwsgi.lazy || uwsgi.lazy_apps)
        refuse_start("--lazy and --lazy-apps are not allowed: workers fork from the warm master");
}

/* Deadline and recycling are the plugin's own; uWSGI's harakiri stays behind as a backstop. */
static void take_limits(void)
{
    engine.timeout = uwsgi.harakiri_options.workers;
    engine.max_requests = (long)uwsgi.max_requests;
    uwsgi.harakiri_options.workers = engine.timeout + BACKSTOP_SECONDS;
    uwsgi.max_requests = 0;
}

/* In the control process, while workers have requests. */
static void look_after_workers(void)
{
    for (int id = 0; id < uwsgi.numproc; id++) {
        capture_memory_trim(&engine.captures[id]);
        overdue_kill(&engine.shared->workers[id]);
    }
}

static void set_up_captures(void)
{
    engine.captures = uwsgi_calloc((size_t)uwsgi.numproc * sizeof(*engine.captures));
    for (int id = 0; id < uwsgi.numproc; id++) {
        if (!capture_memory_create(&engine.captures[id]))
            refuse_start("cannot make memory for the output of scripts");
    }
}

/* Before the interpreter starts, which takes the environment over. */
static void set_up_sandbox(void)
{
    if (settings.sandbox == SANDBOX_OFF)
        return;
    engine.sandbox_abi = sandbox_abi();
    if (engine.sandbox_abi == 0 && settings.sandbox == SANDBOX_REQUIRED)
        refuse_start("SANDBOX=required is not possible: this kernel has no Landlock");
    if (engine.sandbox_abi == 0)
        uwsgi_log("standpy: this kernel has no Landlock, scripts are not confined\n");
    else
        uwsgi_log("standpy: scripts are confined by Landlock, ABI %d\n", engine.sandbox_abi);
    char names[1024];
    sandbox_hide_secrets(names, sizeof(names));
    if (names[0] != '\0')
        uwsgi_log("standpy: hidden from scripts: the variables %s\n", names);
}

static void refuse_environment(const char *why)
{
    char line[2 * PATH_MAX];
    environment_error(&settings, why, line, sizeof(line));
    refuse_start(line);
}

static void start_interpreter(void)
{
    char error[2 * PATH_MAX];
    if (!environment_find(&engine.environment, &settings, error, sizeof(error)))
        refuse_environment(error);
    const char *scratch = scratch_choose(settings.scratch_dir, error, sizeof(error));
    if (!scratch)
        refuse_start(error);
    engine.interpreter = load_interpreter(&engine.environment, error, sizeof(error));
    if (!engine.interpreter)
        refuse_environment(error);
    struct interpreter_config config = {
        .executable = engine.environment.executable,
        .preload = settings.preload ? settings.preload : PRELOAD_DEFAULT,
        .preload_required = settings.preload != NULL,
        .scratch_dir = scratch,
    };
    if (!engine.interpreter->start(&config, error, sizeof(error)))
        refuse_start(error);
    uwsgi_log("standpy: Python %s of %s, library %s\n", engine.environment.version,
              engine.environment.name, engine.environment.library);
}

static int init(void)
{
    check_options();
    take_limits();
    orphans_adopt();
    set_up_sandbox();
    start_interpreter();
    if (settings.check_only) {
        engine.interpreter->stop();
        exit(0);
    }
    size_t size = sizeof(struct shared) + (size_t)uwsgi.numproc * sizeof(struct worker_metrics);
    engine.shared = uwsgi_calloc_shared(size);
    set_up_captures();
    engine.control.shared = &engine.shared->control;
    engine.control.tick = look_after_workers;
    connections_set_up(&engine.control);
    return 0;
}

static void before_fork(void)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGHUP);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGQUIT);
    sigaddset(&ending, SIGTERM);
    let_wait(&ending);
    orphans_fork_begins();
    engine.interpreter->before_fork();
}

/* child is 1 in the new worker, 0 in the master. */
static void after_fork(int child)
{
    if (child)
        return; /* the interpreter's part is done in post_fork, the signals' in fixup */
    engine.interpreter->after_fork_parent();
}

static void obey_signals(void)
{
    if (signals_wait)
        sigprocmask(SIG_SETMASK, &usual_mask, NULL);
    signals_wait = false;
}

/* uWSGI's calls exit(3), which deadlocks where the signal came within malloc(3). */
static void end_at_once(int number)
{
    (void)number;
    worker_stopped();
    _exit(UWSGI_END_CODE);
}

/* In a worker, when it has its own signal handlers. */
static void fixup(void)
{
    uwsgi_unix_signal(SIGINT, end_at_once);
    uwsgi_unix_signal(SIGTERM, end_at_once);
    uwsgi_unix_signal(SIGHUP,
                      kept_finish); /* uWSGI's ends an idle worker whatever comes just then */
    obey_signals();
}

static void post_fork(void)
{
    if (uwsgi.mywid < 1)
        return; /* the control process */
    if (uwsgi_instance_is_dying || uwsgi_instance_is_reloading)
        _exit(UWSGI_QUIET_CODE); /* the master was told to end while it replaced a worker */
    worker_start();
}

/*
 * With die-on-term uWSGI's own SIGTERM cuts off what is in flight. Here workers finish their
 * request, within worker-reload-mercy seconds, and new connections are refused meanwhile. uWSGI's
 * gracefully_kill_them_all does nearly that; from 2.0.28 on it waits for workers without end.
 */
static void stop_gracefully(int number)
{
    (void)number;
    if (uwsgi_instance_is_dying)
        return;
    uwsgi.status.gracefully_destroying = 1;
    connections_refuse();
    uwsgi_log_verbose("standpy: ending when the requests in flight are answered\n");
    for (int id = 1; id <= uwsgi.numproc; id++) {
        if (uwsgi.workers[id].pid > 0)
            uwsgi_curse(id, SIGHUP);
    }
    for (int id = 0; id < uwsgi.mules_cnt; id++) {
        if (uwsgi.mules[id].pid > 0)
            uwsgi_curse_mule(id, SIGHUP);
    }
    uwsgi_destroy_processes();
}

/*
 * uWSGI looks for workers that died once a second; so wake it when one does.
 */
static int death_notice = -1; /* eventfd */

static void notice_death(int number)
{
    (void)number;
    int saved = errno;
    eventfd_write(death_notice, 1);
    errno = saved;
}

static void watch_for_deaths(void)
{
    death_notice = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct sigaction action = {.sa_handler = notice_death, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    if (death_notice < 0 || event_queue_add_fd_read(uwsgi.master_queue, death_notice) != 0 ||
        sigaction(SIGCHLD, &action, NULL) != 0)
        uwsgi_log("standpy: workers that die are replaced within a second only: %s\n",
                  strerror(errno));
}

/* Called at each turn of the master's loop; its event queue is there from the first on. */
static void master_cycle(void)
{
    eventfd_t deaths;
    if (death_notice >= 0) {
        eventfd_read(death_notice, &deaths);
    } else {
        watch_for_deaths();
        if (uwsgi.die_on_term)
            uwsgi_unix_signal(SIGTERM, stop_gracefully);
    }
    orphans_fork_is_known();
    obey_signals();
}

static int request(struct wsgi_request *wsgi_request)
{
    worker_request(wsgi_request);
    return UWSGI_OK;
}

static void finish_control(int number)
{
    (void)number;
    int saved = errno;
    control_finish(&engine.control);
    errno = saved;
}

static int mule(char *name)
{
    if (strcmp(name, MULE_NAME) != 0)
        return 0;
    uwsgi_unix_signal(SIGHUP, finish_control);
    obey_signals();
    control_run(&engine.control);
    exit(UWSGI_END_CODE); /* as uWSGI ends a mule */
}

static void master_cleanup(void)
{
    orphans_fork_is_known();
    orphans_end();
    engine.interpreter->stop();
}

__attribute__((visibility("default"))) extern struct uwsgi_plugin standpy_plugin;

struct uwsgi_plugin standpy_plugin = {
    .name = "standpy",
    .modifier1 = 0,
    .options = standpy_options,
    .on_load = on_load,
    .init = init,
    .pre_uwsgi_fork = before_fork,
    .post_uwsgi_fork = after_fork,
    .post_fork = post_fork,
    .fixup = fixup,
    .hijack_worker = kept_loop,
    .request = request,
    .after_request = worker_after_request,
    .atexit = worker_stopped,
    .master_cycle = master_cycle,
    .mule = mule,
    .master_cleanup = master_cleanup,
};
