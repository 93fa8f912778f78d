#include "roster.h"

#include <stdlib.h>

#include "engine.h"
#include "hearing.h"
#include "log.h"
#include "monotonic.h"
#include "timeouts.h"
#include "zygote_link.h"

#define MILLISECOND    INT64_C(1000000)     /* nanoseconds */
#define END_TIME       (1000 * MILLISECOND) /* in which the zygote ends a runner */
#define STOP_TIME      (1000 * MILLISECOND) /* in which the application closes its answer */
#define USUAL_FAILURES 2                    /* runners in a row that may fail to become ready */
#define MOST_DOUBLINGS 7

/* The runners of a pool, by the places that they have. */
struct places {
    struct runner **workers; /* the runner of each worker, from 0; NULL: none */
    int count;               /* of workers */
    int busy;
    int living;        /* runners of the process they are forked from, with those asked for */
    unsigned failures; /* starts in a row that failed */
    int64_t fork_at;   /* asks for no runner before then */
};

static struct {
    const struct engine *engine;
    struct places pools[POOLS];
    struct runner *runners; /* all of them */
    int64_t next_due;       /* the earliest `due` of all runners */
} roster = {.next_due = TIMEOUT_NEVER};

static struct places *places_of(const struct runner *runner)
{
    return &roster.pools[runner->pool];
}

/* How many there should be: those that work, and spares. */
static int wanted(int count, bool process_each)
{
    return count == 0 ? 0 : process_each ? 2 * count + 2 : count + 1;
}

size_t roster_most_runners(const struct engine *engine)
{
    return 4 * (size_t)(wanted(engine->workers, true) + wanted(engine->application.workers, true));
}

static bool make_places(struct places *places, int count)
{
    places->count = count;
    places->workers = calloc((size_t)count + 1, sizeof(struct runner *));
    return places->workers != NULL;
}

bool roster_start(const struct engine *engine)
{
    roster.engine = engine;
    bool made = true;
    for (int pool = 0; pool < POOLS; pool++)
        made = made && make_places(&roster.pools[pool], engine_workers(engine, (enum pool)pool));
    for (size_t i = 0; i < engine->shared->runner_capacity; i++)
        atomic_store(&engine->shared->runners[i], 0); /* left by an earlier front */
    atomic_store(&engine->shared->youngest_start, monotonic_seconds());
    return made;
}

struct runner *roster_first(void)
{
    return roster.runners;
}

int roster_busy(enum pool pool)
{
    return roster.pools[pool].busy;
}

bool roster_is_any_busy(void)
{
    return roster.pools[POOL_SCRIPTS].busy + roster.pools[POOL_APPLICATION].busy > 0;
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
    places_of(runner)->busy += (int)is_busy(state) - (int)is_busy(runner->state);
    runner_enter(runner, state, due);
    note_due(due);
}

void roster_set_due(struct runner *runner, int64_t due)
{
    runner->due = due;
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

static void fill(enum pool pool)
{
    struct places *places = &roster.pools[pool];
    bool process_each = pool == POOL_SCRIPTS && roster.engine->isolation == ISOLATION_PROCESS;
    if (loop_now() < places->fork_at)
        return;
    while (places->living < wanted(places->count, process_each) && zygote_link_fork(pool))
        places->living++;
}

void roster_fill(void)
{
    for (int pool = 0; pool < POOLS; pool++)
        fill((enum pool)pool);
}

int64_t roster_next_timeout(void)
{
    int64_t next = roster.next_due;
    for (int pool = 0; pool < POOLS; pool++) {
        int64_t fork_at = roster.pools[pool].fork_at;
        if (fork_at > loop_now() && fork_at < next)
            next = fork_at;
    }
    return next;
}

void roster_note_failed_start(enum pool pool)
{
    struct places *places = &roster.pools[pool];
    if (++places->failures <= USUAL_FAILURES)
        return;
    unsigned doublings = places->failures - USUAL_FAILURES - 1;
    unsigned milliseconds = 100U << (doublings < MOST_DOUBLINGS ? doublings : MOST_DOUBLINGS);
    log_line("runners end before they are ready; the next one starts in %u ms", milliseconds);
    places->fork_at = loop_now() + milliseconds * MILLISECOND;
}

void roster_note_start(enum pool pool)
{
    roster.pools[pool].failures = 0;
}

void roster_not_born(enum pool pool)
{
    roster.pools[pool].living--;
    roster_note_failed_start(pool);
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
    struct places *places = places_of(runner);
    if (!runner->orphan)
        places->living--;
    if (runner->worker > 0)
        places->workers[runner->worker - 1] = NULL;
    runner->worker = 0;
}

void roster_count_end(const struct runner *runner, enum worker_end why)
{
    if (runner->worker == 0)
        return;
    metrics_count_end(&roster.engine->shared->metrics, runner->pool, why);
    if (runner->pool != POOL_SCRIPTS)
        return;
    atomic_store(&roster.engine->shared->youngest_start, monotonic_seconds());
}

void roster_stop(struct runner *runner, enum worker_end why)
{
    roster_count_end(runner, why);
    places_of(runner)->busy -= is_busy(runner->state);
    leave_place(runner);
    hearing_hold(runner, false);
    runner_stop(runner);
    runner_enter(runner, RUNNER_STOPPING, TIMEOUT_NEVER);
    roster_expect(runner, STOP_TIME);
    roster_fill();
}

void roster_end(struct runner *runner)
{
    places_of(runner)->busy -= is_busy(runner->state);
    if (runner->state != RUNNER_STOPPING)
        leave_place(runner);
    runner_kill(runner);
    roster_fill();
}

void roster_dismiss(struct runner *runner)
{
    places_of(runner)->busy -= is_busy(runner->state);
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
static struct runner *idle_spare(enum pool pool)
{
    struct runner *spare = NULL;
    for (struct runner *runner = roster.runners; runner; runner = runner->next) {
        bool is_idle = runner->pool == pool && runner->state == RUNNER_IDLE && runner->worker == 0;
        if (is_idle && (!spare || spare->orphan || !runner->orphan))
            spare = runner; /* the list begins with the youngest */
    }
    return spare;
}

struct runner *roster_choose(enum pool pool)
{
    const struct places *places = &roster.pools[pool];
    int vacant = 0;
    for (int i = 0; i < places->count; i++) {
        struct runner *runner = places->workers[i];
        if (runner && runner->state == RUNNER_IDLE)
            return runner;
        if (!runner && vacant == 0)
            vacant = i + 1;
    }
    struct runner *spare = vacant > 0 ? idle_spare(pool) : NULL;
    if (spare) {
        spare->worker = vacant;
        places->workers[vacant - 1] = spare;
    }
    return spare;
}

const struct runner *roster_of_worker(enum pool pool, int worker)
{
    const struct runner *runner = roster.pools[pool].workers[worker - 1];
    return runner ? runner : idle_spare(pool); /* the one that the worker would get */
}

/* Orphans */

bool roster_can_spare(const struct runner *runner)
{
    const struct runner *spare = idle_spare(runner->pool);
    return runner->orphan && spare && !spare->orphan;
}

void roster_replace_orphans(enum pool pool)
{
    const struct places *places = &roster.pools[pool];
    for (int i = 0; i < places->count; i++) {
        struct runner *runner = places->workers[i];
        if (runner && runner->state == RUNNER_IDLE && roster_can_spare(runner))
            roster_end(runner);
    }
}

void roster_orphan_all(enum pool pool)
{
    roster.pools[pool].living = 0;
    for (struct runner *runner = roster.runners; runner; runner = runner->next) {
        if (runner->state == RUNNER_ENDING || runner->pool != pool)
            continue;
        runner->orphan = true;
        if (runner->worker == 0)
            roster_end(runner);
    }
    roster_fill();
}
