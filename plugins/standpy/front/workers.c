#include "workers.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "captured.h"
#include "death.h"
#include "engine.h"
#include "log.h"
#include "monotonic.h"
#include "overdue.h"
#include "roster.h"
#include "timeouts.h"
#include "waiting.h"
#include "zygote_link.h"

#define MILLISECOND   INT64_C(1000000) /* nanoseconds */
#define SECOND        (1000 * MILLISECOND)
#define START_TIME    (30 * SECOND)        /* in which a new runner is ready */
#define DUMP_BEGINS   (100 * MILLISECOND)  /* in which a stack begins to be written */
#define DUMP_ENDS     (1000 * MILLISECOND) /* and is there */
#define STATUS_TIME   (50 * MILLISECOND)   /* in which the zygote says how a runner ended */
#define LEFT_TIME     (5 * SECOND)         /* in which it has ended what one left behind */
#define TRIM_INTERVAL (20 * MILLISECOND)   /* at which what is printed is looked at */

static struct {
    const struct engine *engine;
    const struct workers_user *user;
    struct waiting waiting;
    int64_t next_due, next_trim;
} workers;

static bool is_process_each(void)
{
    return workers.engine->isolation == ISOLATION_PROCESS;
}

size_t workers_most_runners(int count)
{
    return roster_most_runners(count);
}

int workers_busy(void)
{
    return roster_busy();
}

size_t workers_waiting(void)
{
    return workers.waiting.count;
}

bool workers_are_active(void)
{
    return roster_busy() > 0;
}

static void expect(int64_t due)
{
    if (due < workers.next_due)
        workers.next_due = due;
}

static void enter(struct runner *runner, enum runner_state state, int64_t due)
{
    roster_enter(runner, state, due);
    expect(due);
}

/* Work */

/* Whether a runner that has had so many jobs has no other one; most_jobs is 0 without a limit. */
static bool ends_after(const struct runner *runner, long jobs)
{
    return is_process_each() || (runner->most_jobs > 0 && jobs >= runner->most_jobs);
}

/* True if the work has a runner now. One that does not take it is of no use any more. */
static bool give(struct work *work)
{
    for (struct runner *runner = roster_choose(); runner; runner = roster_choose()) {
        if (runner_give(runner, work, ends_after(runner, runner->jobs + 1))) {
            work->worker = runner->worker;
            enter(runner, RUNNER_BUSY, loop_now() + work->patience * SECOND);
            if (workers.next_trim == TIMEOUT_NEVER)
                workers.next_trim = loop_now() + TRIM_INTERVAL;
            return true;
        }
        log_line("worker %d does not take a script, it is replaced", runner->worker);
        roster_replace(runner, WORKER_CRASHED);
    }
    return false;
}

static void give_all(void)
{
    while (workers.waiting.first && roster_busy() < workers.engine->workers) {
        struct work *work = workers.waiting.first;
        if (!give(work))
            return;
        waiting_remove(&workers.waiting, work);
    }
}

bool workers_are_full(void)
{
    return workers.waiting.count >= WAITING_LIMIT;
}

bool workers_submit(struct work *work)
{
    work->runner = NULL;
    work->worker = 0;
    if (!workers.waiting.first && give(work))
        return true;
    if (workers_are_full())
        return false;
    waiting_add(&workers.waiting, work);
    return true;
}

void workers_withdraw(struct work *work)
{
    struct runner *runner = work->runner;
    if (!runner) {
        waiting_remove(&workers.waiting, work);
        return;
    }
    work->runner = NULL;
    roster_replace(runner, WORKER_ABORT);
    give_all();
}

/* What runners say */

/* Up to an eighth of MAX_REQUESTS earlier, so that runners never end all together. */
static long choose_most_jobs(void)
{
    long most = workers.engine->max_requests;
    return most > 0 ? most - random() % (most / 8 + 1) : 0;
}

static void account_for(const struct runner *runner, const struct message *message,
                        struct slice note)
{
    struct metrics *metrics = &workers.engine->shared->metrics;
    metrics->cache_hits += message->cache_hits;
    metrics->cache_misses += message->cache_misses;
    if (message->processes > 0)
        log_line("worker %d: the script of request %s left %u processes behind", runner->worker,
                 runner->last_request, message->processes);
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

/* After a script: whether the runner may have another one. */
static void take_back(struct runner *runner, const struct message *message)
{
    const char *changed = message->unusable != USABLE
                              ? unusable_words(message->unusable)
                              : look_compare(&runner->look, message->imported != 0);
    if (changed)
        replace_changed(runner, changed);
    else if (message->keeps_much)
        roster_replace(runner, WORKER_MEMORY);
    else if (roster_can_spare(runner))
        roster_end(runner);
    else
        enter(runner, RUNNER_IDLE, TIMEOUT_NEVER);
}

static void runner_ready(struct runner *runner, const struct message *message, struct slice note)
{
    account_for(runner, message, note);
    if (runner->state == RUNNER_CLEANING) {
        take_back(runner, message);
    } else {
        roster_note_start();
        runner->main_thread = message->main_thread;
        look_start(&runner->look, runner->process);
        enter(runner, RUNNER_IDLE, TIMEOUT_NEVER);
        roster_replace_orphans();
    }
    give_all();
}

static void runner_result(struct runner *runner, struct work *work, const struct message *message,
                          const struct message_parts *parts, int file)
{
    bool last = ends_after(runner, runner->jobs);
    enter(runner, RUNNER_CLEANING, loop_now() + workers.engine->timeout * SECOND);
    workers.user->result(work, message, parts, file);
    if (!last)
        return;
    /* The answer went first, now the next one is forked; an end takes a processor, so it is last.
     */
    if (!is_process_each())
        roster_count_end(runner, WORKER_MAX_REQUESTS);
    roster_end(runner);
    give_all();
}

/* Overdue */

static void finish_overdue(struct runner *runner, bool with_stack)
{
    struct work *work = runner->work;
    struct overdue overdue;
    overdue_read(&overdue, runner, with_stack ? STACK_OF_A_DUMP : STACK_NONE);
    work->runner = NULL;
    roster_replace(runner, WORKER_DEADLINE);
    workers.user->overdue(work, &overdue);
    overdue_finish(&overdue);
    give_all();
}

static void runner_stack(struct runner *runner, bool complete)
{
    if (complete)
        finish_overdue(runner, true);
    else
        enter(runner, RUNNER_DUMPING, loop_now() + DUMP_ENDS);
}

/* Deaths */

/*
 * The end of a runner that has work. One that died before it began with it has run nothing, and the
 * work goes to another one; once, should it be the work that kills them.
 */
static void lose(struct runner *runner, enum worker_end why, int status, const char *how)
{
    bool was_dumping = runner->state == RUNNER_DUMPING; /* the dump lies where the number was */
    struct work *work = runner->work;
    if (work)
        work->runner = NULL;
    roster_replace(runner, why); /* killed first: one that goes on could begin after the look */
    bool again = work && !work->was_lost && !was_dumping && !runner_has_begun(runner);
    if (again) {
        work->was_lost = true;
        work->worker = 0;
        waiting_add_first(&workers.waiting, work);
    } else if (work) {
        struct death death;
        death_read(&death, runner, status, how);
        workers.user->died(work, &death);
        death_finish(&death);
    }
    give_all();
}

/* A runner that nobody told to has ended. */
static void bury(struct runner *runner, int status)
{
    if (runner->state != RUNNER_ENDING)
        runner_hear(runner); /* a result that it sent before it died */
    if (runner->state == RUNNER_ENDING)
        return;
    if (runner->state == RUNNER_STARTING)
        roster_note_failed_start();
    if (runner->state == RUNNER_CLEANING)
        log_line("worker %d: its process died after request %s", runner->worker,
                 runner->last_request);
    lose(runner, WORKER_CRASHED, status, NULL);
}

static void runner_gone(int process, int status, unsigned strangers)
{
    struct runner *runner = roster_find(process);
    if (!runner)
        return;
    if (strangers > 0)
        log_line("the script of request %s left %u processes behind", runner->last_request,
                 strangers);
    bury(runner, status);
    roster_forget(runner);
}

static void runner_died(struct runner *runner)
{
    if (runner->orphan || !zygote_link_is_ready()) {
        bury(runner, -1); /* nobody is there to say how */
        roster_forget(runner);
    } else {
        /* Whatever it was doing; what it left takes longer to end than itself. */
        runner->due = loop_now() + (runner->state == RUNNER_ENDING ? LEFT_TIME : STATUS_TIME);
        expect(runner->due);
    }
}

/* It is of no use any more, and its client is told. */
static void give_up(struct runner *runner, const char *how)
{
    log_line("worker %d: the process of request %s %s, it is replaced", runner->worker,
             runner->last_request, how);
    if (runner->state == RUNNER_STARTING)
        roster_note_failed_start();
    char words[128];
    snprintf(words, sizeof(words), "its process %s", how);
    lose(runner, WORKER_CRASHED, -1, words);
}

/* how: NULL for the end of its channel, which is most often that of the process. */
static void runner_broken(struct runner *runner, const char *how)
{
    if (how) {
        give_up(runner, how);
        return;
    }
    runner->deaf = true;
    runner->due = loop_now() + STATUS_TIME;
    expect(runner->due);
}

/* One that is stopped while it has no script would take one, and keep it. */
static void runner_stopped(int process)
{
    struct runner *runner = roster_find(process);
    if (!runner || runner->state == RUNNER_ENDING || (runner->work && runner_has_begun(runner)))
        return;
    log_line("a runner was stopped by a signal, it is replaced");
    lose(runner, WORKER_CRASHED, -1, "its process was stopped");
}

/* Zygote */

static const struct runner_user runner_user = {
    .ready = runner_ready,
    .result = runner_result,
    .stack = runner_stack,
    .broken = runner_broken,
    .died = runner_died,
};

static void born(int process, struct slice scratch, const int descriptors[BORN_DESCRIPTORS])
{
    struct runner *runner = runner_make(process, scratch, descriptors, &runner_user);
    if (!runner) {
        roster_not_born();
        return;
    }
    runner->due = loop_now() + START_TIME;
    runner->most_jobs = choose_most_jobs();
    expect(runner->due);
    roster_add(runner);
}

static const struct zygote_user zygote_user = {
    .ready = roster_orphan_all,
    .born = born,
    .not_born = roster_not_born,
    .gone = runner_gone,
    .stopped = runner_stopped,
};

bool workers_start(const struct engine *engine, const struct workers_user *user)
{
    workers.engine = engine;
    workers.user = user;
    workers.next_due = workers.next_trim = TIMEOUT_NEVER;
    death_start();
    srandom((unsigned)monotonic_nanoseconds() ^ (unsigned)getpid());
    return roster_start(engine) && zygote_link_start(engine->control[0], &zygote_user);
}

/* Deadlines */

static void pass_due(struct runner *runner)
{
    switch (runner->state) {
    case RUNNER_BUSY:
        enter(runner, RUNNER_DUMPING, loop_now() + DUMP_BEGINS);
        runner_dump(runner);
        break;
    case RUNNER_DUMPING:
        finish_overdue(runner, false);
        break;
    case RUNNER_CLEANING:
        log_line("worker %d: what the script of request %s left behind does not end",
                 runner->worker, runner->last_request);
        roster_replace(runner, WORKER_STUCK);
        give_all();
        break;
    case RUNNER_STARTING:
        log_line("a new runner is not ready after %d s, it is replaced",
                 (int)(START_TIME / SECOND));
        roster_note_failed_start();
        roster_end(runner);
        break;
    case RUNNER_IDLE:
    case RUNNER_ENDING:
        break;
    }
}

static void pass_all_due(void)
{
    workers.next_due = TIMEOUT_NEVER;
    for (struct runner *runner = roster_first(), *next; runner; runner = next) {
        next = runner->next;
        if (runner->due > loop_now()) {
            expect(runner->due);
        } else if (runner->state == RUNNER_ENDING && !runner->has_died) {
            runner->due = TIMEOUT_NEVER;
        } else if (runner->has_died) {
            bury(runner, -1);
            roster_forget(runner);
        } else if (runner->deaf) {
            give_up(runner, "closed what its result goes through, or became another program");
        } else {
            pass_due(runner);
        }
    }
}

/* While scripts run: what they print is bounded, and bodies that nobody needs again are let go. */
static void trim_all(void)
{
    workers.next_trim = roster_busy() > 0 ? loop_now() + TRIM_INTERVAL : TIMEOUT_NEVER;
    for (struct runner *runner = roster_first(); runner; runner = runner->next) {
        if (runner->state != RUNNER_BUSY)
            continue;
        if (runner->work->body.file >= 0 && runner_has_begun(runner))
            body_free(&runner->work->body);
        captured_trim(runner->out);
        captured_trim(runner->err);
    }
}

int64_t workers_next_timeout(void)
{
    const int64_t due[] = {workers.next_due, workers.next_trim, zygote_link_next_timeout(),
                           roster_next_timeout()};
    int64_t next = TIMEOUT_NEVER;
    for (size_t i = 0; i < sizeof(due) / sizeof(*due); i++)
        next = due[i] < next ? due[i] : next;
    return next;
}

void workers_pass_time(void)
{
    if (loop_now() >= workers.next_due)
        pass_all_due();
    roster_fill();
    if (loop_now() >= workers.next_trim)
        trim_all();
    zygote_link_pass_time();
}

/* Second field of statm: resident pages (proc_pid_statm(5)). */
uint64_t workers_resident(int worker)
{
    const struct runner *runner = roster_of_worker(worker);
    char path[64];
    unsigned long long pages = 0;
    if (!runner)
        return 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", runner->process);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%*s %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
