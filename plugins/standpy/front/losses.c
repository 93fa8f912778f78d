#include "losses.h"

#include <stdio.h>

#include "assignment.h"
#include "death.h"
#include "hearing.h"
#include "log.h"
#include "roster.h"
#include "zygote_link.h"

#define MILLISECOND INT64_C(1000000)     /* nanoseconds */
#define STATUS_TIME (50 * MILLISECOND)   /* for the zygote to say how a runner ended */
#define LEFT_TIME   (5000 * MILLISECOND) /* for the zygote to end what it left behind */

static void (*died)(struct work *work, const struct death *death);

void losses_set_up(void (*user_died)(struct work *work, const struct death *death))
{
    died = user_died;
    death_start();
}

/*
 * Ends a runner that may have work. If it died before it began, it has run nothing, and another
 * runner gets the work; only once, because it may be the work that kills them.
 */
static void lose(struct runner *runner, int status, const char *how)
{
    bool was_dumping = runner->state == RUNNER_DUMPING; /* the dump lies over the number */
    struct work *work = runner_let_go(runner);
    roster_replace(runner, WORKER_CRASHED); /* kill it first: it could still begin after a look */
    bool again = work && work->state == WORK_GIVEN && !was_dumping && !runner_has_begun(runner);
    if (again) {
        assignment_repeat(work);
    } else if (work) {
        struct death death;
        work_enter(work, WORK_DONE);
        death_read(&death, runner, status, how);
        died(work, &death);
        death_finish(&death);
    }
    assignment_go_on(runner->pool);
}

/* A runner has ended that nobody told to end. */
static void bury(struct runner *runner, int status)
{
    if (runner->state != RUNNER_ENDING)
        hearing_rest(runner); /* a result that it sent before it died */
    if (runner->state == RUNNER_ENDING)
        return;
    if (runner->state == RUNNER_STARTING)
        roster_note_failed_start(runner->pool);
    if (runner->state == RUNNER_CLEANING)
        log_line("worker %d: its process died after request %s", runner->worker,
                 runner->last_request);
    lose(runner, status, NULL);
}

void losses_gone(int process, int status, unsigned strangers)
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

void losses_forget(struct runner *runner)
{
    bury(runner, -1);
    roster_forget(runner);
}

void losses_died(struct runner *runner)
{
    if (runner->orphan || !zygote_link_is_ready()) {
        losses_forget(runner); /* no zygote is there to say how */
    } else {
        /* If it was told to end, this waits for what it left, which takes longer. */
        roster_expect(runner, runner->state == RUNNER_ENDING ? LEFT_TIME : STATUS_TIME);
    }
}

/* Replaces a runner that is of no use any more, and tells its client. */
static void give_up(struct runner *runner, const char *how)
{
    log_line("worker %d: the process of request %s %s, it is replaced", runner->worker,
             runner->last_request, how);
    if (runner->state == RUNNER_STARTING)
        roster_note_failed_start(runner->pool);
    char words[128];
    snprintf(words, sizeof(words), "its process %s", how);
    lose(runner, -1, words);
}

void losses_broken(struct runner *runner, const char *how)
{
    if (how)
        give_up(runner, how);
    else
        roster_expect(runner, STATUS_TIME); /* most often the process has ended */
}

void losses_deaf(struct runner *runner)
{
    give_up(runner, "closed what its result goes through, or became another program");
}

/* A runner that is stopped between scripts would take the next one, and keep it. */
void losses_stopped(int process)
{
    struct runner *runner = roster_find(process);
    if (!runner || runner->state == RUNNER_ENDING || (runner->work && runner_has_begun(runner)))
        return;
    log_line("a runner was stopped by a signal, it is replaced");
    lose(runner, -1, "its process was stopped");
}
