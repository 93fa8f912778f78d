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
} assignment;

void assignment_set_up(const struct engine *engine)
{
    assignment.workers = engine->workers;
}

size_t assignment_waiting(void)
{
    return assignment.waiting.count;
}

/* Gives the work to a runner. If that runner does not take it, it is of no use any more; false. */
static bool give(struct work *work)
{
    for (struct runner *runner = roster_choose(); runner; runner = roster_choose()) {
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

void assignment_go_on(void)
{
    while (assignment.waiting.first && roster_busy() < assignment.workers) {
        struct work *work = assignment.waiting.first;
        if (!give(work))
            return;
        waiting_remove(&assignment.waiting, work);
    }
}

bool assignment_is_full(void)
{
    return assignment.waiting.count >= WAITING_LIMIT;
}

bool assignment_submit(struct work *work)
{
    if (!assignment.waiting.first && give(work))
        return true;
    if (assignment_is_full())
        return false;
    work->queued_at = loop_now();
    work_enter(work, WORK_QUEUED);
    waiting_add(&assignment.waiting, work);
    return true;
}

void assignment_repeat(struct work *work)
{
    work_enter(work, WORK_LOST);
    work->worker = 0;
    waiting_add_first(&assignment.waiting, work);
}

void assignment_withdraw(struct work *work)
{
    bool waits = work->state == WORK_QUEUED || work->state == WORK_LOST;
    work_enter(work, WORK_DONE);
    if (waits) {
        waiting_remove(&assignment.waiting, work);
        return;
    }
    struct runner *runner = work->runner;
    runner_let_go(runner);
    roster_replace(runner, WORKER_ABORT);
    assignment_go_on();
}
