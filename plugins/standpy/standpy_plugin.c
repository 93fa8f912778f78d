/*
 * The uWSGI plugin: its options and hooks, in the order in which uWSGI calls them.
 *
 *   on_load    defaults; refuses a uWSGI that it was not built for
 *   options    standpy-from-env reads the environment, the others fill `settings`
 *   init       in the master, before any fork: environment, interpreter, preload, control sockets
 *   fork       the interpreter's own fork hooks around each worker's
 *   post_fork  in each worker: scratch folder, random numbers, output capture
 *   request    exchange_run
 *   mule       the control process
 *
 * uWSGI ignores what .init returns (core/uwsgi.c): whatever stops the start must exit by itself.
 */
#include <stdatomic.h>
#include <time.h>

#include "uwsgi_api.h"

#include "control.h"
#include "environment.h"
#include "exchange.h"
#include "info.h"
#include "interpreter.h"
#include "loader.h"
#include "options.h"
#include "scratch.h"
#include "text.h"

extern struct uwsgi_server uwsgi;

#define MULE_NAME "standpy-control"

/* What all processes of the engine share. */
struct shared {
    struct control_shared control;
    atomic_llong youngest_start; /* monotonic seconds at which the youngest worker started */
    atomic_uint unserved_starts; /* of workers, since the last request that one of them took */
};

/* For jansson, see meson.build. */
extern FILE *const standpy_no_stdin;
FILE *const standpy_no_stdin = NULL;

static struct environment environment;
static const struct interpreter *interpreter;
static struct control control;
static struct shared *shared;
static struct worker worker;
static struct capture_memory *capture_memories; /* by worker, from 0 */

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

/* Before any option is read, so that each of these can be overridden. */
static void on_load(void)
{
    check_build();
    widen_backlog();
    uwsgi.harakiri_options.workers = TIMEOUT_DEFAULT;
    uwsgi.buffer_size = 65535; /* bytes of request line and headers; the largest that uWSGI can */
    uwsgi.vec_size = 4 * 4 * 128; /* room for 1,000 headers */
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
    if (uwsgi.lazy || uwsgi.lazy_apps)
        refuse_start("--lazy and --lazy-apps are not allowed: workers fork from the warm master");
}

static time_t monotonic_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static char *make_info(void)
{
    struct info info = {
        .environment = environment.name,
        .max_requests = (long)uwsgi.max_requests,
        .timeout = uwsgi.harakiri_options.workers,
        .worker_uptime = (long)(monotonic_seconds() - atomic_load(&shared->youngest_start)),
        .workers = uwsgi.numproc,
    };
    return info_encode(&info);
}

static bool is_busy(int id)
{
    return uwsgi.workers[id].pid > 0 && uwsgi.workers[id].cores[0].in_request != 0;
}

static bool all_busy(void)
{
    for (int id = 1; id <= uwsgi.numproc; id++) {
        if (!is_busy(id))
            return false;
    }
    return true;
}

static bool any_busy(void)
{
    for (int id = 1; id <= uwsgi.numproc; id++) {
        if (is_busy(id))
            return true;
    }
    return false;
}

/* The moment a worker takes a connection it is busy, even before the request's head is here. */
static void mark_busy(void)
{
    uwsgi.workers[uwsgi.mywid].cores[0].in_request = 1;
    control_notice(&control);
}

/* A script's subprocess must not hold the connection open; TCP_NODELAY comes from the listener. */
static int accept_from_network(struct wsgi_request *wsgi_request, int listener)
{
    socklen_t length = sizeof(wsgi_request->client_addr);
    int descriptor = accept4(listener, (struct sockaddr *)&wsgi_request->client_addr, &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    wsgi_request->c_len = (int)length;
    if (descriptor >= 0)
        mark_busy();
    return descriptor;
}

static int accept_handed_over(struct wsgi_request *wsgi_request, int listener)
{
    (void)listener;
    int descriptor = control_take(&control);
    if (descriptor < 0)
        return -1;
    socklen_t length = sizeof(wsgi_request->client_addr);
    if (getpeername(descriptor, (struct sockaddr *)&wsgi_request->client_addr, &length) == 0)
        wsgi_request->c_len = (int)length;
    mark_busy();
    return descriptor;
}

/* The hand-over socket is one more socket that workers accept from, with HTTP on its connections.
 */
static void add_handover_socket(struct uwsgi_socket *http_socket)
{
    struct uwsgi_socket *handover = uwsgi_calloc(sizeof(*handover));
    *handover = *http_socket;
    handover->fd = control.handover_receive;
    handover->family = AF_UNIX;
    handover->proto_accept = accept_handed_over;
    handover->bound = 0; /* not uWSGI's to close */
    handover->next = NULL;

    struct uwsgi_socket *last = uwsgi.sockets;
    while (last->next)
        last = last->next;
    last->next = handover;
}

static void trim_captures(void)
{
    for (int id = 0; id < uwsgi.numproc; id++)
        capture_memory_trim(&capture_memories[id]);
}

static void set_up_captures(void)
{
    capture_memories = uwsgi_calloc((size_t)uwsgi.numproc * sizeof(*capture_memories));
    for (int id = 0; id < uwsgi.numproc; id++) {
        if (!capture_memory_create(&capture_memories[id]))
            refuse_start("cannot make memory for the output of scripts");
    }
}

static void set_up_listener(struct uwsgi_socket *socket)
{
    int on = 1;
    /* Both in vain for a Unix socket, which is right as it is. */
    setsockopt(socket->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    fcntl(socket->fd, F_SETFD, FD_CLOEXEC);
    socket->proto_accept = accept_from_network;
}

static void set_up_control(void)
{
    control.shared = &shared->control;
    control.all_busy = all_busy;
    control.any_busy = any_busy;
    control.info = make_info;
    control.tick = trim_captures;
    if (!control_init(&control))
        refuse_start("cannot make the sockets of the control process");

    struct uwsgi_socket *http_socket = NULL;
    for (struct uwsgi_socket *socket = uwsgi.sockets; socket; socket = socket->next) {
        if (control.listener_count == CONTROL_MAX_LISTENERS)
            refuse_start("at most 16 listening sockets are allowed");
        /* uWSGI closes its own copy in the control process. */
        int copy = fcntl(socket->fd, F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
            refuse_start("cannot duplicate a listening socket");
        control.listeners[control.listener_count++] = copy;
        set_up_listener(socket);
        http_socket = socket;
    }
    if (http_socket)
        add_handover_socket(http_socket);
}

static void start_interpreter(void)
{
    char error[1024];
    if (!environment_find(&environment, &settings, error, sizeof(error)))
        refuse_start(error);
    const char *scratch = scratch_choose(settings.scratch_dir, error, sizeof(error));
    if (!scratch)
        refuse_start(error);
    interpreter = load_interpreter(&environment, error, sizeof(error));
    if (!interpreter)
        refuse_start(error);
    struct interpreter_config config = {
        .executable = environment.executable,
        .preload = settings.preload ? settings.preload : PRELOAD_DEFAULT,
        .preload_required = settings.preload != NULL,
        .scratch_dir = scratch,
    };
    if (!interpreter->start(&config, error, sizeof(error)))
        refuse_start(error);
    uwsgi_log("standpy: Python %s of %s, library %s\n", environment.version, environment.name,
              environment.library);
}

static int init(void)
{
    check_options();
    start_interpreter();
    shared = uwsgi_calloc_shared(sizeof(*shared));
    set_up_captures();
    set_up_control();
    return 0;
}

static void before_fork(void)
{
    interpreter->before_fork();
}

/* child is 1 in the new worker, 0 in the master. The worker's part is done in post_fork. */
static void after_fork(int child)
{
    if (!child)
        interpreter->after_fork_parent();
}

/*
 * A worker that died is replaced at once. One that dies before it ever served would be replaced
 * for ever, as fast as fork goes; each of those starts a little later than the one before.
 */
static void slow_down_a_respawn_storm(void)
{
    unsigned starts = atomic_fetch_add(&shared->unserved_starts, 1);
    unsigned usual = (unsigned)uwsgi.numproc + 2;
    if (starts < usual)
        return;
    unsigned doublings = starts - usual < 7 ? starts - usual : 7;
    unsigned milliseconds = 100U << doublings; /* 12.8 s at most */
    uwsgi_log("standpy: workers die before they serve; worker %d waits %u ms\n", uwsgi.mywid,
              milliseconds);
    usleep(milliseconds * 1000);
}

static void post_fork(void)
{
    if (uwsgi.mywid < 1)
        return; /* the control process */
    slow_down_a_respawn_storm();
    char error[512];
    control_forget(&control);
    if (!interpreter->after_fork_child(uwsgi.mywid, error, sizeof(error))) {
        uwsgi_log("standpy: worker %d: %s\n", uwsgi.mywid, error);
        exit(1);
    }
    worker.interpreter = interpreter;
    worker.request_size_limit = settings.request_size_limit;
    worker.info = make_info;
    for (int id = 0; id < uwsgi.numproc; id++) {
        if (id != uwsgi.mywid - 1) /* what others print is not for this one's scripts */
            capture_memory_close(&capture_memories[id]);
    }
    if (!capture_init(&worker.capture, &capture_memories[uwsgi.mywid - 1])) {
        uwsgi_log("standpy: worker %d: cannot capture output: %s\n", uwsgi.mywid, strerror(errno));
        exit(1);
    }
    atomic_store(&shared->youngest_start, monotonic_seconds());
}

static int request(struct wsgi_request *wsgi_request)
{
    atomic_store_explicit(&shared->unserved_starts, 0, memory_order_relaxed);
    exchange_run(&worker, wsgi_request);
    return UWSGI_OK;
}

/* Children that a script left behind and that have ended meanwhile. */
static void reap_children(void)
{
    static unsigned requests;
    if (requests++ % 64 != 0)
        return;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

/* One line for each request, where uWSGI is to log requests; with the id that the client has too.
 */
static void log_exchange(const struct wsgi_request *wsgi_request)
{
    char path[512], line[1024];
    text_for_log(path, sizeof(path), wsgi_request->path_info, wsgi_request->path_info_len);
    uint64_t microseconds = wsgi_request->end_of_request - wsgi_request->start_of_request;
    int length =
        snprintf(line, sizeof(line),
                 "request id=%s worker=%d method=%.*s path=\"%s\" status=%d in=%zu out=%zu "
                 "us=%llu\n",
                 worker.request_id, uwsgi.mywid,
                 wsgi_request->method_len < 16 ? wsgi_request->method_len : 16,
                 wsgi_request->method, path, wsgi_request->status, wsgi_request->post_pos,
                 wsgi_request->response_size, (unsigned long long)microseconds);
    if (write(uwsgi.req_log_fd, line, (size_t)length) < 0)
        return; /* nobody reads the log */
}

static void after_request(struct wsgi_request *wsgi_request)
{
    if (uwsgi.logging_options.enabled)
        log_exchange(wsgi_request);
    reap_children();
}

static int mule(char *name)
{
    if (strcmp(name, MULE_NAME) != 0)
        return 0;
    control_run(&control);
    return 1;
}

static void master_cleanup(void)
{
    interpreter->stop();
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
    .request = request,
    .after_request = after_request,
    .mule = mule,
    .master_cleanup = master_cleanup,
};
