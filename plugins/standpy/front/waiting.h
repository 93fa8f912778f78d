/*
 * The queue of work that waits for a worker: first come, first served. Pure.
 */
#ifndef STANDPY_WAITING_H
#define STANDPY_WAITING_H

#include <stdbool.h>
#include <stddef.h>

struct work;

/* All zero is an empty queue. */
struct waiting {
    struct work *first, *last;
    size_t count;
};

void waiting_add(struct waiting *waiting, struct work *work);
/* Adds it before all others. */
void waiting_add_first(struct waiting *waiting, struct work *work);
void waiting_remove(struct waiting *waiting, struct work *work);

#endif
