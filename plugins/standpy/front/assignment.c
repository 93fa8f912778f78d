#include "assignment.h"

#include "engine.h"
#include "log.h"
#include "roster.h"
#include "trim.h"
#include "waiting.h"

#define SECOND INT64_C(1000000000) /* nanoseconds */

static struct {
    int workers;
    struct waiting waiting;
} assignments[POOLS];

void assignment_set_up(const struct engine *engine)
{
    for (int pool = 0; pool < POOLS; pool++)
        assignments[pool].workers = engine_workers(engine, (enum pool)pool);
}

size_t assignment_waiting(enum pool pool)
{
    return assignments[pool].waiting.count;
}

/* Gives the work to a runner. If that runner does not take it, it is of no use any more; false. */
static bool give(struct work *work)
{
    struct runner *runner;
    while ((runner = roster_choose(work->pool))) {
        if (runner_give(runner, work)) {
            work->worker = runner->worker;
            work_enter(work, work->state == WORK_LOST ? WORK_GIVEN_AGAIN : WORK_GIVEN);
            roster_enter(runner, RUNNER_BUSY, loop_now() + work->patience * SECOND);
            trim_begin();
            return true;
        }
        log_line("worker %d does not take a script, it is replaced", runner->worker);
        roster_replace(runner, WORKER_CRASHED);
    }
    return false;
}

void assignment_go_on(enum pool pool)
{
    struct waiting *waiting = &assignments[pool].waiting;
    while (waiting->first && roster_busy(pool) < assignments[pool].workers) {
        struct work *work = waiting->first;
        if (!give(work))
            return;
        waiting_remove(waiting, work);
    }
}

bool assignment_is_full(enum pool pool)
{
    return assignments[pool].waiting.count >= WAITING_LIMIT;
}

bool assignment_submit(struct work *work)
{
    struct waiting *waiting = &assignments[work->pool].waiting;
    if (!waiting->first && give(work))
        return true;
    if (assignment_is_full(work->pool))
        return false;
    work->queued_at = loop_now();
    work_enter(work, WORK_QUEUED);
    waiting_add(waiting, work);
    return true;
}

void assignment_repeat(struct work *work)
{
    work_enter(work, WORK_LOST);
    work->worker = 0;
    waiting_add_first(&assignments[work->pool].waiting, work);
}

void assignment_withdraw(struct work *work)
{
    bool waits = work->state == WORK_QUEUED || work->state == WORK_LOST;
    work_enter(work, WORK_DONE);
    if (waits) {
        waiting_remove(&assignments[work->pool].waiting, work);
        return;
    }
    struct runner *runner = work->runner;
    runner_let_go(runner);
    if (work->pool == POOL_APPLICATION)
        roster_stop(runner, WORKER_ABORT);
    else
        roster_replace(runner, WORKER_ABORT);
    assignment_go_on(work->pool);
}
