#include "waiting.h"

#include "work.h"

void waiting_add(struct waiting *waiting, struct work *work)
{
    work->previous = waiting->last;
    work->next = NULL;
    *(waiting->last ? &waiting->last->next : &waiting->first) = work;
    waiting->last = work;
    waiting->count++;
}

void waiting_add_first(struct waiting *waiting, struct work *work)
{
    work->previous = NULL;
    work->next = waiting->first;
    *(waiting->first ? &waiting->first->previous : &waiting->last) = work;
    waiting->first = work;
    waiting->count++;
}

void waiting_remove(struct waiting *waiting, struct work *work)
{
    *(work->previous ? &work->previous->next : &waiting->first) = work->next;
    *(work->next ? &work->next->previous : &waiting->last) = work->previous;
    work->previous = work->next = NULL;
    waiting->count--;
}
