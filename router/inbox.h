/*
 * Hands a loop what other threads have for it: exchanges whose wait for a replica is over.
 */
#ifndef STANDPY_ROUTER_INBOX_H
#define STANDPY_ROUTER_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Embedded in whatever is handed over. */
struct inbox_item {
    void (*handle)(struct inbox_item *item); /* called in the loop's thread */
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
/* Call it on the thread that takes items; that thread's own pushes wake nobody. */
void inbox_own(struct inbox *inbox);

void inbox_push(struct inbox *inbox, struct inbox_item *item);
/* NULL if the inbox is empty. */
struct inbox_item *inbox_take(struct inbox *inbox);
/* Removes an item if it is in the inbox. */
void inbox_remove(struct inbox *inbox, struct inbox_item *item);
/* Makes `wake` unreadable. Call it before taking the items. */
void inbox_acknowledge(struct inbox *inbox);

#endif
