#include "roster.h"

#include <stdlib.h>

#include "engine.h"
#include "log.h"
#include "monotonic.h"
#include "timeouts.h"
#include "zygote_link.h"

#define MILLISECOND    INT64_C(1000000)     /* nanoseconds */
#define END_TIME       (1000 * MILLISECOND) /* in which the zygote ends a runner */
#define USUAL_FAILURES 2                    /* runners in a row that may fail to become ready */
#define MOST_DOUBLINGS 7

static struct {
    const struct engine *engine;
    struct runner **workers; /* the runner of each worker, from 0; NULL: none */
    int busy;
    struct runner *runners; /* all of them */
    int living;             /* runners of this zygote, with those asked for */
    unsigned failures;      /* starts in a row that failed */
    int64_t fork_at;        /* asks for no runner before then */
    int64_t next_due;       /* the earliest `due` of all runners */
} roster = {.next_due = TIMEOUT_NEVER};

/* How many there should be: those that run scripts, and spares. */
static int wanted(int count, bool process_each)
{
    return process_each ? 2 * count + 2 : count + 1;
}

size_t roster_most_runners(int count)
{
    return 4 * (size_t)wanted(count, true);
}

bool roster_start(const struct engine *engine)
{
    roster.engine = engine;
    roster.workers = calloc((size_t)engine->workers, sizeof(struct runner *));
    for (size_t i = 0; i < engine->shared->runner_capacity; i++)
        atomic_store(&engine->shared->runners[i], 0); /* left by an earlier front */
    atomic_store(&engine->shared->youngest_start, monotonic_seconds());
    return roster.workers != NULL;
}

struct runner *roster_first(void)
{
    return roster.runners;
}

int roster_busy(void)
{
    return roster.busy;
}

static bool is_busy(enum runner_state state)
{
    return state == RUNNER_BUSY || state == RUNNER_DUMPING;
}

static void note_due(int64_t due)
{
    if (due < roster.next_due)
        roster.next_due = due;
}

void roster_enter(struct runner *runner, enum runner_state state, int64_t due)
{
    roster.busy += (int)is_busy(state) - (int)is_busy(runner->state);
    runner_enter(runner, state, due);
    note_due(due);
}

void roster_expect(struct runner *runner, int64_t duration)
{
    runner->due = loop_now() + duration;
    note_due(runner->due);
}

void roster_pass_due(void (*pass)(struct runner *runner))
{
    if (loop_now() < roster.next_due)
        return;
    roster.next_due = TIMEOUT_NEVER;
    for (struct runner *runner = roster.runners, *next; runner; runner = next) {
        next = runner->next;
        if (runner->due > loop_now())
            note_due(runner->due);
        else
            pass(runner);
    }
}

/* Births */

struct runner *roster_find(int process)
{
    struct runner *runner = roster.runners;
    while (runner && runner->process != process)
        runner = runner->next;
    return runner;
}

void roster_fill(void)
{
    bool process_each = roster.engine->isolation == ISOLATION_PROCESS;
    if (loop_now() < roster.fork_at)
        return;
    while (roster.living < wanted(roster.engine->workers, process_each) && zygote_link_fork())
        roster.living++;
}

int64_t roster_next_timeout(void)
{
    return roster.fork_at > loop_now() && roster.fork_at < roster.next_due ? roster.fork_at
                                                                           : roster.next_due;
}

void roster_note_failed_start(void)
{
    if (++roster.failures <= USUAL_FAILURES)
        return;
    unsigned doublings = roster.failures - USUAL_FAILURES - 1;
    unsigned milliseconds = 100U << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS);
    log_line("runners end before they are ready; the next one starts in %u ms", milliseconds);
    roster.fork_at = loop_now() + milliseconds * MILLISECOND;
}

void roster_note_start(void)
{
    roster.failures = 0;
}

void roster_not_born(void)
{
    roster.living--;
    roster_note_failed_start();
    roster_fill();
}

static void tell_master(struct runner *runner)
{
    const struct shared *shared = roster.engine->shared;
    runner->place = shared->runner_capacity;
    for (size_t i = 0; i < shared->runner_capacity; i++) {
        if (atomic_load(&shared->runners[i]) != 0)
            continue;
        atomic_store(&shared->runners[i], runner->process);
        runner->place = i;
        return;
    }
}

void roster_add(struct runner *runner)
{
    runner->next = roster.runners;
    roster.runners = runner;
    tell_master(runner);
}

/* Ends */

void roster_forget(struct runner *runner)
{
    struct runner **link = &roster.runners;
    while (*link != runner)
        link = &(*link)->next;
    *link = runner->next;
    if (runner->place < roster.engine->shared->runner_capacity)
        atomic_store(&roster.engine->shared->runners[runner->place], 0);
    if (runner->orphan)
        zygote_link_remove(runner->scratch);
    runner_free(runner);
}

/* From here on no worker has it, and another runner may take its place. */
static void leave_place(struct runner *runner)
{
    if (!runner->orphan)
        roster.living--;
    if (runner->worker > 0)
        roster.workers[runner->worker - 1] = NULL;
    runner->worker = 0;
}

void roster_count_end(const struct runner *runner, enum worker_end why)
{
    if (runner->worker == 0)
        return;
    metrics_count_end(&roster.engine->shared->metrics, why);
    atomic_store(&roster.engine->shared->youngest_start, monotonic_seconds());
}

void roster_end(struct runner *runner)
{
    roster.busy -= is_busy(runner->state);
    leave_place(runner);
    runner_kill(runner);
    roster_fill();
}

void roster_dismiss(struct runner *runner)
{
    roster.busy -= is_busy(runner->state);
    leave_place(runner);
    roster_fill(); /* first: an end takes a processor */
    if (runner->orphan || !zygote_link_end(runner->process)) {
        runner_kill(runner);
        return;
    }
    runner_let_go(runner);
    runner_enter(runner, RUNNER_ENDING, TIMEOUT_NEVER);
    roster_expect(runner, END_TIME);
}

void roster_replace(struct runner *runner, enum worker_end why)
{
    roster_count_end(runner, why);
    roster_end(runner);
}

/* Choosing */

/* The oldest of the present zygote: it knows least of what runners need (zygote/pages.h), and would
 * surprise a request if it were kept for a busy moment. */
static struct runner *idle_spare(void)
{
    struct runner *spare = NULL;
    for (struct runner *runner = roster.runners; runner; runner = runner->next) {
        bool is_idle = runner->state == RUNNER_IDLE && runner->worker == 0;
        if (is_idle && (!spare || spare->orphan || !runner->orphan))
            spare = runner; /* the list begins with the youngest */
    }
    return spare;
}

struct runner *roster_choose(void)
{
    int vacant = 0;
    for (int i = 0; i < roster.engine->workers; i++) {
        struct runner *runner = roster.workers[i];
        if (runner && runner->state == RUNNER_IDLE)
            return runner;
        if (!runner && vacant == 0)
            vacant = i + 1;
    }
    struct runner *spare = vacant > 0 ? idle_spare() : NULL;
    if (spare) {
        spare->worker = vacant;
        roster.workers[vacant - 1] = spare;
    }
    return spare;
}

const struct runner *roster_of_worker(int worker)
{
    const struct runner *runner = roster.workers[worker - 1];
    return runner ? runner : idle_spare(); /* the one that the worker would get */
}

/* Orphans */

bool roster_can_spare(const struct runner *runner)
{
    const struct runner *spare = idle_spare();
    return runner->orphan && spare && !spare->orphan;
}

void roster_replace_orphans(void)
{
    for (int i = 0; i < roster.engine->workers; i++) {
        struct runner *runner = roster.workers[i];
        if (runner && runner->state == RUNNER_IDLE && roster_can_spare(runner))
            roster_end(runner);
    }
}

void roster_orphan_all(void)
{
    roster.living = 0;
    for (struct runner *runner = roster.runners; runner; runner = runner->next) {
        if (runner->state == RUNNER_ENDING)
            continue;
        runner->orphan = true;
        if (runner->worker == 0)
            roster_end(runner);
    }
    roster_fill();
}
