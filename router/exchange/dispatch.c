#include "dispatch.h"

#include <stddef.h>

#include "monitor.h"
#include "monotonic.h"

/* Runs in the thread that freed a place, under the pool's lock; the request belongs to its own
 * thread. */
static void on_granted(struct waiter *waiter)
{
    struct dispatch *dispatch =
        (struct dispatch *)(void *)((char *)waiter - offsetof(struct dispatch, waiter));
    inbox_push(dispatch->inbox, &dispatch->granted);
}

void dispatch_init(struct dispatch *dispatch, struct inbox *inbox,
                   void (*handle)(struct inbox_item *granted))
{
    dispatch->inbox = inbox;
    dispatch->granted.handle = handle;
    dispatch->waiter.granted = on_granted;
    dispatch->waiter.contents = &dispatch->contents;
}

/* Nothing was sent, so sending the request again runs nothing twice. */
static enum step refuse_unreachable(const struct dispatch *dispatch, struct refusal *refusal)
{
    const char *why = "";
    if (dispatch->waiter.tried_count == 0)
        why = pool_has_addresses(dispatch->engine->pool) ? ": no replica answers"
                                                         : ": its name has no address";
    refuse(refusal, PROBLEM_UNREACHABLE, "the engine %s cannot be reached%s",
           dispatch->engine->name, why);
    refusal->retry_after = 1;
    return STEP_REFUSE;
}

static bool has_waited_enough(const struct dispatch *dispatch)
{
    int64_t wait = (int64_t)dispatch->engine->wait * 1000000;
    return monotonic_microseconds() - dispatch->stranded_since >= wait;
}

/* No replica can be reached now. */
static enum step strand(struct dispatch *dispatch, struct refusal *refusal)
{
    monitor_hurry();
    if (dispatch->stranded_since == 0)
        dispatch->stranded_since = monotonic_microseconds();
    enum pool_answer answer = has_waited_enough(dispatch)
                                  ? POOL_EMPTY
                                  : pool_wait(dispatch->engine->pool, &dispatch->waiter);
    if (answer == POOL_GRANTED)
        return STEP_START;
    return answer == POOL_WAITS ? STEP_WAIT : refuse_unreachable(dispatch, refusal);
}

static enum step refuse_full(const struct engine *engine, struct refusal *refusal)
{
    refuse(refusal, PROBLEM_UNAVAILABLE,
           "every worker of the engine %s is busy and its queue is full (%u)", engine->name,
           engine->queue_limit);
    refusal->retry_after = pool_retry_after(engine->pool);
    return STEP_REFUSE;
}

enum step dispatch_find(struct dispatch *dispatch, struct refusal *refusal)
{
    dispatch->waiter.is_page = dispatch->is_page;
    switch (pool_acquire(dispatch->engine->pool, &dispatch->waiter, dispatch->is_limited)) {
    case POOL_GRANTED:
        return STEP_START;
    case POOL_WAITS:
        return STEP_WAIT;
    case POOL_FULL:
        return refuse_full(dispatch->engine, refusal);
    case POOL_EMPTY:
        break;
    }
    return strand(dispatch, refusal);
}

enum step dispatch_resume(struct dispatch *dispatch, struct refusal *refusal)
{
    return dispatch->waiter.replica ? STEP_START : strand(dispatch, refusal);
}

enum step dispatch_look(struct dispatch *dispatch, struct refusal *refusal)
{
    if (dispatch->stranded_since == 0)
        return STEP_WAIT;
    monitor_hurry();
    return has_waited_enough(dispatch) ? refuse_unreachable(dispatch, refusal) : STEP_WAIT;
}

void dispatch_learn(const struct dispatch *dispatch, int status, const struct content_numbers *kept)
{
    struct pool *pool = dispatch->engine->pool;
    const struct replica *replica = dispatch->waiter.replica;
    bool has_run = status == 200 || status == problem_status(PROBLEM_SCRIPT_FAILED);
    if (status == problem_status(PROBLEM_CONTENTS_MISSING))
        pool_forget_contents(pool, replica, &dispatch->contents);
    if (has_run)
        pool_note_contents(pool, replica, &dispatch->contents);
    pool_note_contents(pool, replica, kept);
}

void dispatch_leave(struct dispatch *dispatch)
{
    pool_leave(dispatch->engine->pool, &dispatch->waiter);
    inbox_remove(dispatch->inbox, &dispatch->granted);
}

void dispatch_release(struct dispatch *dispatch, int64_t microseconds)
{
    pool_release(dispatch->engine->pool, &dispatch->waiter, dispatch->is_limited,
                 (double)microseconds / 1000);
}

void dispatch_suspect(struct dispatch *dispatch)
{
    pool_suspect(dispatch->engine->pool, dispatch->waiter.replica);
    monitor_hurry();
}

bool dispatch_has_lost(const struct dispatch *dispatch)
{
    return pool_is_gone(dispatch->engine->pool, dispatch->waiter.replica);
}
