/*
 * What other threads have for a loop: exchanges whose wait for a replica is over.
 */
#ifndef STANDPY_ROUTER_INBOX_H
#define STANDPY_ROUTER_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Part of whatever is handed over. */
struct inbox_item {
    void (*handle)(struct inbox_item *item); /* in the thread of the loop, once it is taken */
    struct inbox_item *next, *previous;
    bool linked;
};

struct inbox {
    pthread_mutex_t lock;
    struct inbox_item *first, *last;
    atomic_bool filled;
    int wake; /* eventfd, readable after another thread's push */
    pthread_t owner;
};

/* False with errno set. */
bool inbox_init(struct inbox *inbox);
void inbox_finish(struct inbox *inbox);
/* On the thread that will take from it; its own pushes wake nobody. */
void inbox_own(struct inbox *inbox);

void inbox_push(struct inbox *inbox, struct inbox_item *item);
/* NULL where it is empty. */
struct inbox_item *inbox_take(struct inbox *inbox);
/* Takes one out that may be in it. */
void inbox_remove(struct inbox *inbox, struct inbox_item *item);
/* Makes `wake` unreadable; before the items are taken. */
void inbox_acknowledge(struct inbox *inbox);

#endif
