#include "work.h"

#include <assert.h>

void work_enter(struct work *work, enum work_state state)
{
    assert(work_may_follow(work->state, state));
    work->state = state;
}
