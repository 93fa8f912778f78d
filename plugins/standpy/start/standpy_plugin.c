/*
 * The uWSGI plugin: its hooks, in the order in which uWSGI calls them.
 *
 *   on_load        defaults; refuses a uWSGI that it was not built for
 *   options        standpy-from-env reads the environment, the others fill `settings`
 *   init           in the master, before any fork: environment, zygote, shared memory
 *   post_fork      in the front, uWSGI's only worker
 *   hijack_worker  the front's loop
 *   master_cycle   looks after the zygote
 *
 * uWSGI ignores what .init returns (core/uwsgi.c): whatever stops the start must exit by itself.
 */
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include "uwsgi_api.h"

#include "access_token.h"
#include "confinement.h"
#include "engine.h"
#include "first_zygote.h"
#include "front.h"
#include "options.h"
#include "request_log.h"
#include "secrets.h"
#include "zygote_keeper.h"

extern struct uwsgi_server uwsgi;

/* For jansson; meson.build says why. */
extern FILE *const standpy_no_stdin;
FILE *const standpy_no_stdin = NULL;

static struct engine engine;

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
 * Signals that end or reload the engine wait while the front is forked. Until uWSGI sets the
 * front's own handlers, it has the master's, and would act as if it were the master. And the master
 * does not know the new worker's number until its loop goes on, so it would not end it.
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

static void obey_signals(void)
{
    if (signals_wait)
        sigprocmask(SIG_SETMASK, &usual_mask, NULL);
    signals_wait = false;
}

/* uWSGI ignores SIGTERM until its master's loop runs (core/uwsgi.c); if it waits, it then ends that
 * loop at once. */
static void let_sigterm_wait(void)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    let_wait(&ending);
}

/* Runs before uWSGI reads any option, so that each of these can be overridden. */
static void on_load(void)
{
    check_build();
    set_up_options();
    let_sigterm_wait();
    widen_backlog();
    uwsgi.buffer_size = 65535;    /* bytes of request line and fields; uWSGI's maximum */
    uwsgi.vec_size = 4 * 4 * 128; /* room for 1,000 fields */
    uwsgi.socket_timeout = 10;    /* seconds within which a client has to send a byte */
    uwsgi.forkbomb_delay = 0;
    uwsgi.master_process = 1;
}

static void take_application(void)
{
    if (!settings.wsgi_app)
        return;
    engine.application.workers =
        settings.wsgi_workers > 0 ? (int)settings.wsgi_workers : engine.workers;
    engine.application.timeout =
        settings.wsgi_timeout > 0 ? (int)settings.wsgi_timeout : engine.timeout;
    engine.application.mount = strcmp(settings.wsgi_mount, "/") == 0 ? "" : settings.wsgi_mount;
    engine.application.trusts = settings.wsgi_trusts;
}

/*
 * uWSGI's limits for workers apply to runners here. uWSGI's only worker is the front, which lasts,
 * so none of the limits that replace a worker now and then applies to it.
 */
static void take_limits(void)
{
    engine.workers = uwsgi.numproc;
    engine.timeout = uwsgi.harakiri_options.workers;
    engine.max_requests = (long)uwsgi.max_requests;
    engine.isolation = settings.isolation;
    engine.learns = settings.preload_learn;
    engine.request_size_limit = settings.request_size_limit;
    engine.keep_limit = settings.keep_limit;
    take_application();
    uwsgi.numproc = 1;
    uwsgi.harakiri_options.workers = 0; /* the front sets its own (front.c) */
    uwsgi.max_requests = 0;
    uwsgi.min_worker_lifetime = 0;
    uwsgi.max_worker_lifetime = 0;
    uwsgi.reload_on_as = 0;
    uwsgi.reload_on_rss = 0;
    uwsgi.evil_reload_on_as = 0;
    uwsgi.evil_reload_on_rss = 0;
}

/* Runs before any process starts, because each inherits the environment. */
static void take_access_tokens(void)
{
    char error[1024] = "";
    if (!access_token_take(&engine.access_tokens, (struct setting_error){error, sizeof(error)}))
        refuse_start(error);
    if (engine.access_tokens.count > 0)
        uwsgi_log("standpy: requests need a token, ACCESS_TOKEN has %zu\n",
                  engine.access_tokens.count);
    else
        uwsgi_log("standpy: no ACCESS_TOKEN: whoever reaches this engine can run scripts on it\n");
}

/* Likewise. */
static void hide_secrets(void)
{
    char names[1024];
    const struct secret_rules rules = {
        .keep = settings.env_keep,
        .hide = settings.env_hide,
        .guess = settings.sandbox != SANDBOX_OFF,
    };
    secrets_hide(&rules, names, sizeof(names));
    if (names[0] != '\0')
        uwsgi_log("standpy: hidden from scripts: the variables %s\n", names);
}

static void make_shared_memory(void)
{
    size_t capacity = front_most_runners(&engine);
    engine.shared = uwsgi_calloc_shared(sizeof(*engine.shared));
    engine.shared->runners = uwsgi_calloc_shared(capacity * sizeof(*engine.shared->runners));
    engine.shared->runner_capacity = capacity;
    zygote_keeper_spare(engine.shared);
}

static int init(void)
{
    check_options();
    take_limits();
    uwsgi.logdate = 1; /* from now on each line has a time */
    uwsgi.log_strftime = TEXT("%Y-%m-%dT%H:%M:%S%z");
    request_log_set_up(settings.log_level, settings.log_json);
    warn_of_near_misses();
    take_access_tokens();
    prctl(PR_SET_DUMPABLE, 0);        /* nobody may look into it; the front inherits this */
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* takes in runners whose zygote died */
    struct confinement confinement = confinement_choose(settings.sandbox);
    hide_secrets();
    first_zygote_start(&engine, &confinement);
    make_shared_memory();
    front_set_up(&engine);
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
}

/* uWSGI's handler calls exit(3), which deadlocks if the signal interrupted malloc(3). */
static void end_at_once(int number)
{
    (void)number;
    _exit(UWSGI_END_CODE);
}

/* Runs in the front, once uWSGI has set the signal handlers of a worker. */
static void fixup(void)
{
    uwsgi_unix_signal(SIGINT, end_at_once);
    uwsgi_unix_signal(SIGTERM, end_at_once);
    uwsgi_unix_signal(SIGHUP, front_finish);
    obey_signals();
}

static void post_fork(void)
{
    if (uwsgi.mywid < 1)
        return; /* a mule, which another plugin or the ini asked for */
    if (uwsgi_instance_is_dying || uwsgi_instance_is_reloading)
        _exit(UWSGI_QUIET_CODE); /* the master was told to end while it replaced the front */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_DFL); /* the master's handler is of no use here */
    close(engine.control[1]);
}

/*
 * With die-on-term uWSGI's own SIGTERM cuts off what is in flight. Here the front finishes that
 * within worker-reload-mercy seconds, and refuses new connections meanwhile. uWSGI's
 * gracefully_kill_them_all does nearly that, but from 2.0.28 on it waits for workers without end.
 */
static void stop_gracefully(int number)
{
    (void)number;
    if (uwsgi_instance_is_dying)
        return;
    uwsgi.status.gracefully_destroying = 1;
    atomic_store(&engine.shared->stopping, true);
    for (int id = 1; id <= uwsgi.numproc; id++) {
        if (uwsgi.workers[id].pid > 0)
            uwsgi_curse(id, SIGHUP);
    }
    uwsgi_log_verbose("standpy: ending when the requests in flight are answered\n");
    uwsgi_destroy_processes();
}

/*
 * uWSGI looks for dead processes only once a second, so this wakes it when one dies.
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
    struct sigaction action = {.sa_handler = notice_death, .sa_flags = SA_RESTART};
    if (death_notice < 0 || event_queue_add_fd_read(uwsgi.master_queue, death_notice) != 0 ||
        sigaction(SIGCHLD, &action, NULL) != 0)
        uwsgi_log("standpy: it may take a second to replace a process that dies: %s\n",
                  strerror(errno));
}

/* uWSGI calls it at each turn of the master's loop, whose event queue exists by then. */
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
    zygote_keeper_turn();
    obey_signals();
}

/* uWSGI insists on this hook, but the front never hands it a request. */
static int request(struct wsgi_request *wsgi_request)
{
    (void)wsgi_request;
    return UWSGI_OK;
}

/* uWSGI calls it at the end, and before it starts itself anew (SIGHUP). */
static void master_cleanup(void)
{
    access_token_put_back();
    zygote_keeper_stop();
}

__attribute__((visibility("default"))) extern struct uwsgi_plugin standpy_plugin;

struct uwsgi_plugin standpy_plugin = {
    .name = "standpy",
    .modifier1 = 0,
    .options = standpy_options,
    .on_load = on_load,
    .init = init,
    .pre_uwsgi_fork = before_fork,
    .post_fork = post_fork,
    .fixup = fixup,
    .hijack_worker = front_run,
    .request = request,
    .master_cycle = master_cycle,
    .master_cleanup = master_cleanup,
};
