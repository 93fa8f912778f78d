/* front/assignment.c, work.c: who gets which script. The runners are the test's own. */
#include "test.h"

#include "assignment.h"
#include "engine.h"
#include "log.h"
#include "roster.h"
#include "trim.h"

#define WORKERS 2

static struct runner runners[WORKERS];
static int refusals; /* so many runners will not take the next work */
static int replaced;

/* Stand in for roster.c, runner.c, trim.c and log.c. */

int roster_busy(enum pool pool)
{
    (void)pool;
    int busy = 0;
    for (int i = 0; i < WORKERS; i++)
        busy += runners[i].state == RUNNER_BUSY;
    return busy;
}

struct runner *roster_choose(enum pool pool)
{
    (void)pool;
    for (int i = 0; i < WORKERS; i++) {
        if (runners[i].state == RUNNER_IDLE)
            return &runners[i];
    }
    return NULL;
}

void roster_enter(struct runner *runner, enum runner_state state, int64_t due)
{
    (void)due;
    runner->state = state;
}

void roster_replace(struct runner *runner, enum worker_end why)
{
    (void)why;
    replaced++;
    runner->state = RUNNER_IDLE; /* stands for its replacement, which is there at once */
}

void roster_stop(struct runner *runner, enum worker_end why)
{
    roster_replace(runner, why);
}

bool runner_give(struct runner *runner, struct work *work)
{
    if (refusals > 0 && refusals--)
        return false;
    runner->work = work;
    work->runner = runner;
    return true;
}

struct work *runner_let_go(struct runner *runner)
{
    struct work *work = runner->work;
    work->runner = NULL;
    runner->work = NULL;
    return work;
}

void trim_begin(void)
{
}

int64_t loop_now(void)
{
    return 0;
}

void log_line(const char *format, ...)
{
    (void)format;
}

static int set_up(void **state)
{
    (void)state;
    static struct engine engine;
    engine.workers = WORKERS;
    assignment_set_up(&engine);
    refusals = replaced = 0;
    for (int i = 0; i < WORKERS; i++)
        runners[i] = (struct runner){.state = RUNNER_IDLE, .worker = i + 1};
    return 0;
}

static void finish(struct work *work)
{
    struct runner *runner = work->runner;
    runner_let_go(runner);
    work_enter(work, WORK_DONE);
    runner->state = RUNNER_IDLE;
    assignment_go_on(POOL_SCRIPTS);
}

static void work_waits_for_a_worker_in_its_turn(void **state)
{
    (void)state;
    struct work works[4] = {0};
    for (int i = 0; i < 4; i++)
        assert_true(assignment_submit(&works[i]));
    assert_int_equal(works[0].worker, 1);
    assert_int_equal(works[1].worker, 2);
    assert_int_equal(works[2].state, WORK_QUEUED);
    assert_int_equal(assignment_waiting(POOL_SCRIPTS), 2);
    finish(&works[1]);
    assert_int_equal(works[2].state, WORK_GIVEN);
    assert_int_equal(works[2].worker, 2);
    assert_int_equal(works[3].state, WORK_QUEUED);
    finish(&works[0]);
    finish(&works[2]);
    finish(&works[3]);
    assert_int_equal(assignment_waiting(POOL_SCRIPTS), 0);
}

static void a_runner_that_does_not_take_it_is_replaced(void **state)
{
    (void)state;
    struct work work = {0};
    refusals = 1;
    assert_true(assignment_submit(&work));
    assert_int_equal(work.state, WORK_GIVEN);
    assert_int_equal(replaced, 1);
    finish(&work);
}

static void lost_work_goes_before_all_others_and_only_once(void **state)
{
    (void)state;
    struct work works[4] = {0};
    for (int i = 0; i < 4; i++)
        assert_true(assignment_submit(&works[i]));
    struct runner *runner = works[0].runner;
    runner_let_go(runner);
    assignment_repeat(&works[0]);
    assert_int_equal(works[0].state, WORK_LOST);
    assert_int_equal(works[0].worker, 0);
    runner->state = RUNNER_IDLE;
    assignment_go_on(POOL_SCRIPTS);
    assert_int_equal(works[0].state, WORK_GIVEN_AGAIN);
    assert_int_equal(works[2].state, WORK_QUEUED);
    for (int i = 0; i < 4; i++)
        finish(&works[i]);
}

static void work_can_be_withdrawn_whether_it_runs_or_waits(void **state)
{
    (void)state;
    struct work works[3] = {0};
    for (int i = 0; i < 3; i++)
        assert_true(assignment_submit(&works[i]));
    assignment_withdraw(&works[2]);
    assert_int_equal(works[2].state, WORK_DONE);
    assert_int_equal(replaced, 0);
    assert_int_equal(assignment_waiting(POOL_SCRIPTS), 0);
    assignment_withdraw(&works[0]);
    assert_int_equal(works[0].state, WORK_DONE);
    assert_null(works[0].runner);
    assert_int_equal(replaced, 1);
    finish(&works[1]);
}

static void no_more_may_wait_than_the_limit(void **state)
{
    (void)state;
    static struct work works[WORKERS + WAITING_LIMIT + 1];
    for (size_t i = 0; i < WORKERS + WAITING_LIMIT; i++)
        assert_true(assignment_submit(&works[i]));
    assert_true(assignment_is_full(POOL_SCRIPTS));
    assert_false(assignment_submit(&works[WORKERS + WAITING_LIMIT]));
    assert_int_equal(works[WORKERS + WAITING_LIMIT].state, WORK_NEW);
    for (size_t i = 0; i < WORKERS + WAITING_LIMIT; i++)
        finish(&works[i]);
    assert_false(assignment_is_full(POOL_SCRIPTS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(work_waits_for_a_worker_in_its_turn, set_up),
        cmocka_unit_test_setup(a_runner_that_does_not_take_it_is_replaced, set_up),
        cmocka_unit_test_setup(lost_work_goes_before_all_others_and_only_once, set_up),
        cmocka_unit_test_setup(work_can_be_withdrawn_whether_it_runs_or_waits, set_up),
        cmocka_unit_test_setup(no_more_may_wait_than_the_limit, set_up),
    };
    return cmocka_run_group_tests_name("assignment", tests, NULL, NULL);
}
