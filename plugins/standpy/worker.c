#include "worker.h"

#include <sys/mman.h>

#include "connections.h"
#include "engine.h"
#include "exchange.h"
#include "interpreter.h"
#include "kept.h"
#include "monotonic.h"
#include "orphans.h"
#include "overdue.h"
#include "processes.h"
#include "request_log.h"
#include "sandbox.h"
#include "stack_dump.h"
#include "supervisor.h"
#include "takeover.h"

extern struct uwsgi_server uwsgi;

static struct worker worker;

__attribute__((noreturn)) static void give_up(const char *why)
{
    uwsgi_log("standpy: worker %d: %s\n", worker.number, why);
    exit(1);
}

/* Says why the worker before this one ended, and ends what it left behind. */
static void bury_predecessor(void)
{
    struct worker_metrics *metrics = worker.metrics;
    int predecessor = atomic_exchange(&metrics->process, (int)getpid());
    int why = atomic_exchange(&metrics->end, WORKER_CRASHED);
    overdue_never(metrics);
    if (predecessor == 0)
        return;
    atomic_fetch_add(&metrics->ends[why], 1);
    processes_end_group(predecessor);
    orphans_end();
}

/*
 * A worker that died is replaced at once. One that dies before it ever served would be replaced
 * for ever, as fast as fork goes; each of those starts a little later than the one before.
 */
static void slow_down_a_respawn_storm(void)
{
    unsigned starts = atomic_fetch_add(&engine.shared->unserved_starts, 1);
    unsigned usual = (unsigned)uwsgi.numproc + 2;
    if (starts < usual)
        return;
    unsigned doublings = starts - usual < 7 ? starts - usual : 7;
    unsigned milliseconds = 100U << doublings; /* 12.8 s at most */
    uwsgi_log("standpy: workers die before they serve; worker %d waits %u ms\n", worker.number,
              milliseconds);
    usleep(milliseconds * 1000);
}

/* Up to an eighth of MAX_REQUESTS earlier, so that workers never restart all together. */
static long choose_lifetime(void)
{
    if (engine.max_requests == 0)
        return LONG_MAX;
    char unused[REQUEST_ID_CAPACITY];
    request_id_choose(unused, NULL, 0); /* 32 random hexadecimal digits */
    unused[8] = '\0';
    unsigned long range = (unsigned long)engine.max_requests / 8 + 1;
    return engine.max_requests - (long)(strtoul(unused, NULL, 16) % range);
}

static void start_interpreter(void)
{
    char error[512];
    worker.stack_memory = memfd_create("stack", MFD_CLOEXEC);
    struct interpreter_worker config = {
        .number = worker.number,
        .stack_descriptor = worker.stack_memory,
        .stack_signal = STACK_DUMP_SIGNAL,
        .confined = engine.sandbox_abi > 0,
    };
    worker.interpreter = engine.interpreter;
    worker.interpreter->after_fork_child();
    if (!worker.interpreter->enter_worker(&config, error, sizeof(error)))
        give_up(error);
}

static void start_capture(void)
{
    for (int id = 0; id < uwsgi.numproc; id++) {
        if (id != worker.number - 1) /* what others print is not for this one's scripts */
            capture_memory_close(&engine.captures[id]);
    }
    if (!capture_init(&worker.capture, &engine.captures[worker.number - 1]))
        give_up("cannot capture output");
}

/* Where processes end as a matter of course, the next one is forked ahead by a supervisor. */
static bool is_supervised(void)
{
    return settings.isolation == ISOLATION_PROCESS || engine.max_requests > 0;
}

/* In namespace mode and in the supervisor: what its scripts will be confined to. */
static int make_sandbox(void)
{
    if (engine.sandbox_abi == 0)
        return -1;
    char *readable = worker.interpreter->readable_paths();
    struct sandbox_paths paths = {readable, worker.interpreter->scratch_path()};
    int ruleset = readable ? sandbox_create(&paths) : -1;
    free(readable);
    if (ruleset < 0)
        give_up("cannot make a sandbox");
    return ruleset;
}

static void start_watchdog(void)
{
    worker.watchdog.taken = takeover;
    worker.watchdog.slow = kept_hand_over_waiting;
    worker.watchdog.context = &worker;
    if (!watchdog_start(&worker.watchdog))
        give_up("cannot start the watchdog");
}

/* Before uWSGI goes on: it sets memory up that the child before this one still uses. */
static void wait_for_turn(void)
{
    supervisor_take_turn(&worker);
    if (!capture_reset(&worker.capture))
        give_up("cannot capture output");
    if (settings.isolation == ISOLATION_NAMESPACE)
        atomic_store(&engine.shared->youngest_start, monotonic_seconds());
}

void worker_start(void)
{
    worker.number = uwsgi.mywid;
    worker.metrics = &engine.shared->workers[worker.number - 1];
    worker.request_size_limit = settings.request_size_limit;
    worker.timeout = engine.timeout;
    signal(SIGCHLD, SIG_DFL); /* the master's is of no use here */
    bury_predecessor();
    slow_down_a_respawn_storm();
    processes_adopt();
    connections_use(&worker);
    start_interpreter();
    start_capture();
    atomic_store(&engine.shared->youngest_start, monotonic_seconds());
    int sandbox = make_sandbox();
    if (is_supervised())
        supervisor_run(&worker, settings.isolation == ISOLATION_PROCESS ? 4 : 2);
    if (sandbox >= 0 && !sandbox_enter(sandbox))
        give_up("cannot enter the sandbox");
    start_watchdog();
    if (!memory_start(&worker.memory, settings.memory_limit, worker.interpreter->collect))
        give_up("cannot limit the memory");
    worker.lifetime = choose_lifetime();
    if (is_supervised())
        wait_for_turn();
}

void worker_request(struct wsgi_request *wsgi_request)
{
    atomic_store_explicit(&engine.shared->unserved_starts, 0, memory_order_relaxed);
    if (settings.isolation == ISOLATION_PROCESS)
        connections_close(); /* its script is the only one that this process ever sees */
    kept_lend();
    exchange_run(&worker, wsgi_request);
    kept_take_back();
}

/* Ends the process; it is replaced without a word about an accident. */
__attribute__((noreturn)) static void retire(enum worker_end why)
{
    processes_end_children();
    kept_hand_over_all();
    if (is_supervised()) {
        atomic_fetch_add(&worker.metrics->ends[why], 1);
        supervisor_pass_turn(&worker);
    }
    atomic_store(&worker.metrics->end, (int)why);
    _exit(UWSGI_QUIET_CODE);
}

void worker_after_request(struct wsgi_request *wsgi_request)
{
    const struct request_end end = {wsgi_request->status, wsgi_request->response_size};
    uint64_t microseconds = request_log(&worker, &end, uwsgi.req_log_fd);
    if (worker.is_execution)
        metrics_count(worker.metrics, metrics_outcome(wsgi_request->status), microseconds);
    if (settings.isolation == ISOLATION_PROCESS)
        supervisor_pass_turn(&worker);
    if (fcntl(worker.capture.err.original, F_GETFD) < 0)
        retire(WORKER_CRASHED); /* the script has closed what it had no business with */
    bool fits = memory_settle(&worker.memory);
    overdue_never(worker.metrics);
    watchdog_rest(&worker.watchdog);
    if (worker.leftovers.unusable)
        retire(WORKER_CRASHED);
    if (!fits)
        retire(WORKER_MEMORY);
    if (++worker.served >= worker.lifetime)
        retire(WORKER_MAX_REQUESTS);
}

void worker_stopped(void)
{
    if (worker.metrics && getpid() == worker.watchdog.process)
        atomic_store(&worker.metrics->end, WORKER_STOPPED);
}
