#include "workers.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "captured.h"
#include "engine.h"
#include "log.h"
#include "monotonic.h"
#include "runner.h"
#include "timeouts.h"
#include "waiting.h"
#include "zygote_link.h"

#define MILLISECOND    INT64_C(1000000) /* nanoseconds */
#define SECOND         (1000 * MILLISECOND)
#define START_TIME     (30 * SECOND)        /* in which a new runner is ready */
#define DUMP_BEGINS    (100 * MILLISECOND)  /* in which a stack begins to be written */
#define DUMP_ENDS      (1000 * MILLISECOND) /* and is there */
#define STATUS_TIME    (50 * MILLISECOND)   /* in which the zygote says how a runner ended */
#define LEFT_TIME      (5 * SECOND)         /* in which it has ended what one left behind */
#define TRIM_INTERVAL  (20 * MILLISECOND)   /* at which what is printed is looked at */
#define MOST_STACK     (1U << 20)           /* bytes */
#define THOROUGHLY     8                    /* under load every so many times */
#define USUAL_FAILURES 2                    /* runners that do not become ready, in a row */
#define MOST_DOUBLINGS 7

static struct {
    const struct engine *engine;
    const struct workers_user *user;
    struct runner **workers; /* their runners, from 0; NULL: none */
    int count, busy;
    struct runner *runners; /* all of them */
    int living;             /* of this zygote, asked for included */
    struct waiting waiting;
    int64_t next_due, next_trim;
    unsigned failures; /* starts that failed, in a row */
    int64_t fork_at;   /* not before then */
    unsigned looks;
} workers;

static bool is_process_each(void)
{
    return workers.engine->isolation == ISOLATION_PROCESS;
}

/* Those that run scripts, and spares. */
static int wanted(int count, bool process_each)
{
    return process_each ? 2 * count + 2 : count + 1;
}

size_t workers_most_runners(int count)
{
    return 4 * (size_t)wanted(count, true);
}

int workers_busy(void)
{
    return workers.busy;
}

size_t workers_waiting(void)
{
    return workers.waiting.count;
}

bool workers_are_active(void)
{
    return workers.busy > 0;
}

/* Time */

static void expect(int64_t due)
{
    if (due < workers.next_due)
        workers.next_due = due;
}

static void enter(struct runner *runner, enum runner_state state, int64_t due)
{
    bool was_busy = runner->state == RUNNER_BUSY || runner->state == RUNNER_DUMPING;
    bool is_busy = state == RUNNER_BUSY || state == RUNNER_DUMPING;
    workers.busy += (int)is_busy - (int)was_busy;
    runner_enter(runner, state, due);
    expect(due);
}

/* Births */

static struct runner *find(int process)
{
    struct runner *runner = workers.runners;
    while (runner && runner->process != process)
        runner = runner->next;
    return runner;
}

static void ask_for_runners(void)
{
    if (loop_now() < workers.fork_at)
        return;
    while (workers.living < wanted(workers.count, is_process_each()) && zygote_link_fork())
        workers.living++;
}

/* Runners that never become ready would be forked for ever, as fast as that goes. */
static void note_failed_start(void)
{
    if (++workers.failures <= USUAL_FAILURES)
        return;
    unsigned doublings = workers.failures - USUAL_FAILURES - 1;
    unsigned milliseconds = 100U << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS);
    log_line("runners end before they are ready; the next one starts in %u ms", milliseconds);
    workers.fork_at = loop_now() + milliseconds * MILLISECOND;
    expect(workers.fork_at);
}

static void not_born(void)
{
    workers.living--;
    note_failed_start();
    ask_for_runners();
}

static void tell_master(struct runner *runner)
{
    const struct shared *shared = workers.engine->shared;
    runner->place = shared->runner_capacity;
    for (size_t i = 0; i < shared->runner_capacity; i++) {
        if (atomic_load(&shared->runners[i]) != 0)
            continue;
        atomic_store(&shared->runners[i], runner->process);
        runner->place = i;
        return;
    }
}

/* Ends */

static void forget(struct runner *runner)
{
    struct runner **link = &workers.runners;
    while (*link != runner)
        link = &(*link)->next;
    *link = runner->next;
    if (runner->place < workers.engine->shared->runner_capacity)
        atomic_store(&workers.engine->shared->runners[runner->place], 0);
    if (runner->orphan)
        zygote_link_remove(runner->scratch);
    runner_free(runner);
}

/* From here on it is nobody's, and another one may come in its place. */
static void leave_place(struct runner *runner)
{
    if (!runner->orphan)
        workers.living--;
    if (runner->worker > 0)
        workers.workers[runner->worker - 1] = NULL;
    runner->worker = 0;
}

static void count_end(const struct runner *runner, enum worker_end why)
{
    if (runner->worker == 0)
        return;
    metrics_count_end(&workers.engine->shared->metrics, why);
    atomic_store(&workers.engine->shared->youngest_start, monotonic_seconds());
}

static void end(struct runner *runner)
{
    bool was_busy = runner->state == RUNNER_BUSY || runner->state == RUNNER_DUMPING;
    workers.busy -= was_busy;
    leave_place(runner);
    runner_kill(runner);
    ask_for_runners();
}

static void replace(struct runner *runner, enum worker_end why)
{
    count_end(runner, why);
    end(runner);
}

/* Work */

static bool is_last(const struct runner *runner)
{
    long most = workers.engine->max_requests;
    return is_process_each() || (most > 0 && runner->jobs + 1 >= runner->most_jobs);
}

static struct runner *idle_spare(void)
{
    for (struct runner *runner = workers.runners; runner; runner = runner->next) {
        if (runner->state == RUNNER_IDLE && runner->worker == 0)
            return runner;
    }
    return NULL;
}

/* One in whose place an orphan may end. */
static bool has_fresh_spare(void)
{
    const struct runner *spare = idle_spare();
    return spare && !spare->orphan;
}

/* The first worker that has no script, with a runner that is ready for one; else NULL. */
static struct runner *choose_runner(void)
{
    int vacant = 0;
    for (int i = 0; i < workers.count; i++) {
        struct runner *runner = workers.workers[i];
        if (runner && runner->state == RUNNER_IDLE)
            return runner;
        if (!runner && vacant == 0)
            vacant = i + 1;
    }
    struct runner *spare = vacant > 0 ? idle_spare() : NULL;
    if (spare) {
        spare->worker = vacant;
        workers.workers[vacant - 1] = spare;
    }
    return spare;
}

/* True if the work has a runner now. One that does not take it is of no use any more. */
static bool give(struct work *work)
{
    for (struct runner *runner = choose_runner(); runner; runner = choose_runner()) {
        if (runner_give(runner, work, is_last(runner))) {
            work->worker = runner->worker;
            enter(runner, RUNNER_BUSY, loop_now() + work->patience * SECOND);
            if (workers.next_trim == TIMEOUT_NEVER)
                workers.next_trim = loop_now() + TRIM_INTERVAL;
            return true;
        }
        log_line("worker %d does not take a script, it is replaced", runner->worker);
        replace(runner, WORKER_CRASHED);
    }
    return false;
}

static void give_all(void)
{
    while (workers.waiting.first && workers.busy < workers.count) {
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
    replace(runner, WORKER_ABORT);
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
    replace(runner, WORKER_CHANGED);
}

/* After a script: whether the runner may have another one. */
static void take_back(struct runner *runner, const struct message *message)
{
    bool thoroughly = workers.waiting.count == 0 || ++workers.looks % THOROUGHLY == 0;
    const char *changed = message->unusable != USABLE
                              ? unusable_words(message->unusable)
                              : look_compare(&runner->look, thoroughly, message->imported != 0);
    if (changed)
        replace_changed(runner, changed);
    else if (message->keeps_much)
        replace(runner, WORKER_MEMORY);
    else if (runner->orphan && has_fresh_spare())
        end(runner);
    else
        enter(runner, RUNNER_IDLE, TIMEOUT_NEVER);
}

/* Workers whose runner has lost its zygote have another one as soon as there is one. */
static void replace_orphans(void)
{
    for (int i = 0; i < workers.count; i++) {
        struct runner *runner = workers.workers[i];
        if (runner && runner->orphan && runner->state == RUNNER_IDLE && has_fresh_spare())
            end(runner);
    }
}

static void runner_ready(struct runner *runner, const struct message *message, struct slice note)
{
    account_for(runner, message, note);
    if (runner->state == RUNNER_CLEANING) {
        take_back(runner, message);
    } else {
        workers.failures = 0;
        runner->main_thread = message->main_thread;
        look_remember(&runner->look);
        enter(runner, RUNNER_IDLE, TIMEOUT_NEVER);
        replace_orphans();
    }
    give_all();
}

static void runner_result(struct runner *runner, struct work *work, const struct message *message,
                          const struct message_parts *parts, int file)
{
    bool last = is_process_each() || (runner->most_jobs > 0 && runner->jobs >= runner->most_jobs);
    enter(runner, RUNNER_CLEANING, loop_now() + workers.engine->timeout * SECOND);
    workers.user->result(work, message, parts, file);
    if (!last)
        return;
    /* The answer went first, now the next one is forked; an end takes a processor, so it is last.
     */
    if (!is_process_each())
        count_end(runner, WORKER_MAX_REQUESTS);
    end(runner);
    give_all();
}

/* Overdue */

static struct slice read_stack(const struct runner *runner)
{
    off_t size = lseek(runner->stack, 0, SEEK_END);
    size_t length = size > (off_t)MOST_STACK ? MOST_STACK : size > 0 ? (size_t)size : 0;
    char *text = length > 0 ? malloc(length) : NULL;
    if (!text)
        return (struct slice){"", 0};
    ssize_t got = pread(runner->stack, text, length, 0);
    if (got > 0)
        return (struct slice){text, (size_t)got};
    free(text);
    return (struct slice){"", 0};
}

static void free_text(struct slice text)
{
    if (text.length > 0)
        free((char *)(uintptr_t)text.data);
}

static void finish_overdue(struct runner *runner, bool with_stack)
{
    struct work *work = runner->work;
    struct overdue overdue = {.thread = runner->main_thread};
    overdue.stack = with_stack ? read_stack(runner) : (struct slice){"", 0};
    captured_read(runner->out, &overdue.out);
    captured_read(runner->err, &overdue.err);
    work->runner = NULL;
    replace(runner, WORKER_DEADLINE);
    workers.user->overdue(work, &overdue);
    free_text(overdue.stack);
    free_text(overdue.out);
    free_text(overdue.err);
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

static void describe_end(int status, char *text, size_t capacity)
{
    if (status < 0)
        snprintf(text, capacity, "its process ended");
    else if (WIFSIGNALED(status))
        snprintf(text, capacity, "its process was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(text, capacity, "its process ended with status %d", WEXITSTATUS(status));
}

/*
 * The end of a runner that has work. One that died before it began with it has run nothing, and the
 * work goes to another one; once, should it be the work that kills them.
 */
static void lose(struct runner *runner, enum worker_end why, const char *how)
{
    struct work *work = runner->work;
    bool again = work && !work->was_lost && !runner_has_begun(runner);
    if (work)
        work->runner = NULL;
    replace(runner, why);
    if (again) {
        work->was_lost = true;
        work->worker = 0;
        waiting_add_first(&workers.waiting, work);
    } else if (work) {
        workers.user->died(work, how);
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
        note_failed_start();
    if (runner->state == RUNNER_CLEANING)
        log_line("worker %d: its process died after request %s", runner->worker,
                 runner->last_request);
    char how[128];
    describe_end(status, how, sizeof(how));
    lose(runner, WORKER_CRASHED, how);
}

static void runner_gone(int process, int status, unsigned strangers)
{
    struct runner *runner = find(process);
    if (!runner)
        return;
    if (strangers > 0)
        log_line("the script of request %s left %u processes behind", runner->last_request,
                 strangers);
    bury(runner, status);
    forget(runner);
}

static void runner_died(struct runner *runner)
{
    if (runner->orphan || !zygote_link_is_ready()) {
        bury(runner, -1); /* nobody is there to say how */
        forget(runner);
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
        note_failed_start();
    char words[128];
    snprintf(words, sizeof(words), "its process %s", how);
    lose(runner, WORKER_CRASHED, words);
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
    struct runner *runner = find(process);
    if (!runner || runner->state == RUNNER_ENDING || (runner->work && runner_has_begun(runner)))
        return;
    log_line("a runner was stopped by a signal, it is replaced");
    lose(runner, WORKER_CRASHED, "its process was stopped");
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
        not_born();
        return;
    }
    runner->due = loop_now() + START_TIME;
    runner->most_jobs = choose_most_jobs();
    expect(runner->due);
    runner->next = workers.runners;
    workers.runners = runner;
    tell_master(runner);
}

static void zygote_ready(void)
{
    workers.living = 0;
    for (struct runner *runner = workers.runners; runner; runner = runner->next) {
        if (runner->state == RUNNER_ENDING)
            continue;
        runner->orphan = true;
        if (runner->worker == 0)
            end(runner);
    }
    ask_for_runners();
}

static const struct zygote_user zygote_user = {
    .ready = zygote_ready,
    .born = born,
    .not_born = not_born,
    .gone = runner_gone,
    .stopped = runner_stopped,
};

bool workers_start(const struct engine *engine, const struct workers_user *user)
{
    workers.engine = engine;
    workers.user = user;
    workers.count = engine->workers;
    workers.workers = calloc((size_t)engine->workers, sizeof(struct runner *));
    workers.next_due = workers.next_trim = TIMEOUT_NEVER;
    srandom((unsigned)monotonic_nanoseconds() ^ (unsigned)getpid());
    for (size_t i = 0; i < engine->shared->runner_capacity; i++)
        atomic_store(&engine->shared->runners[i], 0); /* of a front before this one */
    atomic_store(&engine->shared->youngest_start, monotonic_seconds());
    return workers.workers && zygote_link_start(engine->control[0], &zygote_user);
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
        replace(runner, WORKER_STUCK);
        give_all();
        break;
    case RUNNER_STARTING:
        log_line("a new runner is not ready after %d s, it is replaced",
                 (int)(START_TIME / SECOND));
        note_failed_start();
        end(runner);
        break;
    case RUNNER_IDLE:
    case RUNNER_ENDING:
        break;
    }
}

static void pass_all_due(void)
{
    workers.next_due = workers.fork_at > loop_now() ? workers.fork_at : TIMEOUT_NEVER;
    for (struct runner *runner = workers.runners, *next; runner; runner = next) {
        next = runner->next;
        if (runner->due > loop_now()) {
            expect(runner->due);
        } else if (runner->state == RUNNER_ENDING && !runner->has_died) {
            runner->due = TIMEOUT_NEVER;
        } else if (runner->has_died) {
            bury(runner, -1);
            forget(runner);
        } else if (runner->deaf) {
            give_up(runner, "closed what its result goes through, or became another program");
        } else {
            pass_due(runner);
        }
    }
    ask_for_runners();
}

/* While scripts run: what they print is bounded, and bodies that nobody needs again are let go. */
static void trim_all(void)
{
    workers.next_trim = workers.busy > 0 ? loop_now() + TRIM_INTERVAL : TIMEOUT_NEVER;
    for (struct runner *runner = workers.runners; runner; runner = runner->next) {
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
    int64_t link = zygote_link_next_timeout();
    int64_t next = workers.next_due < workers.next_trim ? workers.next_due : workers.next_trim;
    return link < next ? link : next;
}

void workers_pass_time(void)
{
    if (loop_now() >= workers.next_due)
        pass_all_due();
    if (loop_now() >= workers.next_trim)
        trim_all();
    zygote_link_pass_time();
}

/* Second field of statm: resident pages (proc_pid_statm(5)). */
uint64_t workers_resident(int worker)
{
    const struct runner *runner = workers.workers[worker - 1];
    if (!runner)
        runner = idle_spare(); /* what it would have */
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
