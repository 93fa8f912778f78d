#include "workers.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assignment.h"
#include "engine.h"
#include "hearing.h"
#include "learner.h"
#include "log.h"
#include "losses.h"
#include "monotonic.h"
#include "roster.h"
#include "timeouts.h"
#include "trim.h"
#include "zygote_link.h"

#define MILLISECOND INT64_C(1000000) /* nanoseconds */
#define SECOND      (1000 * MILLISECOND)
#define START_TIME  (30 * SECOND)        /* for a new runner to become ready */
#define DUMP_BEGINS (100 * MILLISECOND)  /* for a runner to begin with the stack */
#define DUMP_ENDS   (1000 * MILLISECOND) /* and then to write it */

static struct {
    const struct engine *engine;
    const struct workers_user *users[POOLS];
    bool has_failed; /* the application cannot be loaded */
} workers;

static bool is_process_each(void)
{
    return workers.engine->isolation == ISOLATION_PROCESS;
}

/* What runners say */

/* Stops up to an eighth of MAX_REQUESTS earlier, so that runners do not all end at once; 0: any
 * number. */
static long choose_most_jobs(enum pool pool)
{
    long most = workers.engine->max_requests;
    if (pool == POOL_SCRIPTS && is_process_each())
        return 1;
    return most > 0 ? most - random() % (most / 8 + 1) : 0;
}

static void log_processes(const struct runner *runner, const struct message *message)
{
    if (message->processes > 0)
        log_line("worker %d: the script of request %s left %u processes behind", runner->worker,
                 runner->last_request, message->processes);
}

static void account_for(const struct runner *runner, const struct message *message,
                        struct slice note)
{
    struct metrics *metrics = &workers.engine->shared->metrics;
    metrics->cache_hits += message->cache_hits;
    metrics->cache_misses += message->cache_misses;
    log_processes(runner, message);
    if (message->threads > 0)
        log_line("worker %d: the script of request %s left %u threads behind", runner->worker,
                 runner->last_request, message->threads);
    if (note.length > 0) {
        log_line("worker %d: after request %s:", runner->worker, runner->last_request);
        log_foreign(note);
    }
}

static void replace_changed(struct runner *runner, const char *what)
{
    log_line("worker %d: the script of request %s changed %s, its process is replaced",
             runner->worker, runner->last_request, what);
    roster_replace(runner, WORKER_CHANGED);
}

static void retire(struct runner *runner)
{
    roster_count_end(runner, WORKER_MAX_REQUESTS);
    roster_dismiss(runner);
}

/* After a script: decides whether the runner may have another one. */
static void take_back(struct runner *runner, const struct message *message)
{
    bool is_application = runner->pool == POOL_APPLICATION; /* what it changes stays its own */
    const char *changed = message->unusable != USABLE ? unusable_words(message->unusable)
                          : is_application            ? NULL
                                           : look_compare(&runner->look, message->imported != 0);
    if (changed)
        replace_changed(runner, changed);
    else if (message->keeps_much)
        roster_replace(runner, WORKER_MEMORY);
    else if (roster_can_spare(runner))
        roster_end(runner);
    else if (is_application && runner_has_had_last(runner))
        retire(runner);
    else
        roster_enter(runner, RUNNER_IDLE, TIMEOUT_NEVER);
}

static void runner_ready(struct runner *runner, const struct message *message, struct slice note)
{
    if (runner->state == RUNNER_STOPPING) {
        account_for(runner, message, note);
        roster_end(runner);
        return;
    }
    account_for(runner, message, note);
    if (runner->state == RUNNER_CLEANING) {
        take_back(runner, message);
    } else {
        roster_note_start(runner->pool);
        runner->main_thread = message->main_thread;
        look_start(&runner->look, runner->process);
        roster_enter(runner, RUNNER_IDLE, TIMEOUT_NEVER);
        roster_replace_orphans(runner->pool);
    }
    assignment_go_on(runner->pool);
}

static void runner_result(struct runner *runner, struct work *work, const struct message *message,
                          const struct message_parts *parts, int file)
{
    bool last = runner_has_had_last(runner);
    work_enter(work, WORK_DONE);
    roster_enter(runner, RUNNER_CLEANING, loop_now() + workers.engine->timeout * SECOND);
    workers.users[work->pool]->result(work, message, parts, file);
    learner_note(message->script, parts->imports);
    if (!last)
        return;
    /* The answer went first. */
    log_processes(runner, message);
    if (!is_process_each())
        roster_count_end(runner, WORKER_MAX_REQUESTS);
    roster_dismiss(runner);
    assignment_go_on(runner->pool);
}

static void runner_keep(struct work *work, const struct keep_list *list, int file)
{
    workers.users[POOL_SCRIPTS]->keep(work, list, file);
}

/* The application's answers */

static int64_t page_due(const struct work *work)
{
    return loop_now() + work->patience * SECOND;
}

void workers_hold(struct work *work, bool held)
{
    struct runner *runner = work->runner;
    if (!runner || runner->is_held == held)
        return;
    hearing_hold(runner, held);
    roster_set_due(runner,
                   held ? TIMEOUT_NEVER : page_due(work)); /* a slow client's time is its own */
}

static void runner_part(struct runner *runner, struct work *work, const struct message *message,
                        const struct message_parts *parts)
{
    if (message->end != PAGE_GOES_ON) {
        work_enter(work, WORK_DONE);
        roster_enter(runner, RUNNER_CLEANING,
                     loop_now() + workers.engine->application.timeout * SECOND);
    } else {
        roster_set_due(runner, page_due(work));
    }
    workers.users[POOL_APPLICATION]->part(work, message, parts);
}

static void runner_log(struct runner *runner, struct slice note)
{
    log_line("application: request %s:", runner->last_request);
    log_foreign(note);
}

/* Overdue */

static void finish_overdue(struct runner *runner, bool with_stack)
{
    struct work *work = runner_let_go(runner);
    struct overdue overdue;
    work_enter(work, WORK_DONE);
    overdue_read(&overdue, runner, with_stack ? STACK_OF_A_DUMP : STACK_NONE);
    if (runner->pool == POOL_APPLICATION)
        roster_stop(runner, WORKER_DEADLINE);
    else
        roster_replace(runner, WORKER_DEADLINE);
    workers.users[work->pool]->overdue(work, &overdue);
    overdue_finish(&overdue);
    assignment_go_on(runner->pool);
}

static void runner_stack(struct runner *runner, bool complete)
{
    if (complete)
        finish_overdue(runner, true);
    else
        roster_enter(runner, RUNNER_DUMPING, loop_now() + DUMP_ENDS);
}

/* Zygote */

static const struct runner_user runner_user = {
    .ready = runner_ready,
    .result = runner_result,
    .keep = runner_keep,
    .part = runner_part,
    .log = runner_log,
    .stack = runner_stack,
    .broken = losses_broken,
    .died = losses_died,
};

static void born(enum pool pool, int process, struct slice scratch,
                 const int descriptors[BORN_DESCRIPTORS])
{
    struct runner *runner = runner_make(pool, process, scratch, descriptors, &runner_user);
    if (!runner) {
        roster_not_born(pool);
        return;
    }
    hearing_begin(runner);
    runner->most_jobs = choose_most_jobs(pool);
    roster_add(runner);
    roster_expect(runner, START_TIME);
}

static void zygote_ready(struct slice imported, bool planned)
{
    roster_orphan_all(POOL_SCRIPTS);
    learner_meet(imported, planned);
}

static void application_changed(enum application_state state, struct slice why)
{
    workers.has_failed = state == APPLICATION_FAILED;
    if (state == APPLICATION_READY)
        roster_orphan_all(POOL_APPLICATION);
    else if (state == APPLICATION_FAILED)
        log_line("the application cannot be loaded: %.*s", (int)why.length, why.data);
}

static const struct zygote_user zygote_user = {
    .application = application_changed,
    .ready = zygote_ready,
    .born = born,
    .not_born = roster_not_born,
    .gone = losses_gone,
    .stopped = losses_stopped,
    .tried = learner_tried,
};

static void work_died(struct work *work, const struct death *death)
{
    workers.users[work->pool]->died(work, death);
}

bool workers_start(const struct engine *engine, const struct workers_user *const users[POOLS])
{
    workers.engine = engine;
    memcpy(workers.users, users, sizeof(workers.users));
    assignment_set_up(engine);
    losses_set_up(work_died);
    learner_set_up(engine);
    srandom((unsigned)monotonic_nanoseconds() ^ (unsigned)getpid());
    return roster_start(engine) && zygote_link_start(engine->control[0], &zygote_user);
}

const char *workers_application_trouble(void)
{
    return workers.has_failed ? "the application cannot be loaded; the log says why" : NULL;
}

/* Deadlines */

/* The runner has been in its state for as long as that may last. */
static void pass_state(struct runner *runner)
{
    switch (runner->state) {
    case RUNNER_BUSY:
        roster_enter(runner, RUNNER_DUMPING, loop_now() + DUMP_BEGINS);
        runner_dump(runner);
        break;
    case RUNNER_DUMPING:
        finish_overdue(runner, false);
        break;
    case RUNNER_CLEANING:
        log_line(runner->pool == POOL_APPLICATION
                     ? "application: worker %d does not end with request %s, whose answer is sent"
                     : "worker %d: what the script of request %s left behind does not end",
                 runner->worker, runner->last_request);
        roster_replace(runner, WORKER_STUCK);
        assignment_go_on(runner->pool);
        break;
    case RUNNER_STARTING:
        log_line("a new runner is not ready after %d s, it is replaced",
                 (int)(START_TIME / SECOND));
        roster_note_failed_start(runner->pool);
        roster_end(runner);
        break;
    case RUNNER_STOPPING:
        roster_end(runner);
        break;
    case RUNNER_IDLE:
    case RUNNER_ENDING:
        break;
    }
}

static void pass_due(struct runner *runner)
{
    if (runner->life == RUNNER_DEAD)
        losses_forget(runner);
    else if (runner->state == RUNNER_ENDING)
        runner_kill_late(runner);
    else if (runner->life == RUNNER_DEAF)
        losses_deaf(runner);
    else
        pass_state(runner);
}

int64_t workers_next_timeout(void)
{
    const int64_t due[] = {roster_next_timeout(), trim_next_timeout(), zygote_link_next_timeout(),
                           learner_next_timeout()};
    int64_t next = TIMEOUT_NEVER;
    for (size_t i = 0; i < sizeof(due) / sizeof(*due); i++)
        next = due[i] < next ? due[i] : next;
    return next;
}

void workers_pass_time(void)
{
    roster_pass_due(pass_due);
    roster_fill();
    trim_pass_time();
    zygote_link_pass_time();
    learner_pass_time();
}
