#include "inbox.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool inbox_init(struct inbox *inbox)
{
    *inbox = (struct inbox){.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    pthread_mutex_init(&inbox->lock, NULL);
    return inbox->wake >= 0;
}

void inbox_finish(struct inbox *inbox)
{
    pthread_mutex_destroy(&inbox->lock);
    if (inbox->wake >= 0)
        close(inbox->wake);
}

void inbox_own(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->owner = pthread_self();
    pthread_mutex_unlock(&inbox->lock);
}

static void unlink_item(struct inbox *inbox, struct inbox_item *item)
{
    *(item->previous ? &item->previous->next : &inbox->first) = item->next;
    *(item->next ? &item->next->previous : &inbox->last) = item->previous;
    item->linked = false;
    if (!inbox->first)
        atomic_store(&inbox->filled, false);
}

void inbox_push(struct inbox *inbox, struct inbox_item *item)
{
    pthread_mutex_lock(&inbox->lock);
    item->next = NULL;
    item->previous = inbox->last;
    item->linked = true;
    *(inbox->last ? &inbox->last->next : &inbox->first) = item;
    inbox->last = item;
    bool foreign = !pthread_equal(inbox->owner, pthread_self());
    bool first = !atomic_exchange(&inbox->filled, true);
    pthread_mutex_unlock(&inbox->lock);
    if (foreign && first)
        eventfd_write(inbox->wake, 1);
}

struct inbox_item *inbox_take(struct inbox *inbox)
{
    if (!atomic_load(&inbox->filled))
        return NULL;
    pthread_mutex_lock(&inbox->lock);
    struct inbox_item *item = inbox->first;
    if (item)
        unlink_item(inbox, item);
    pthread_mutex_unlock(&inbox->lock);
    return item;
}

void inbox_remove(struct inbox *inbox, struct inbox_item *item)
{
    pthread_mutex_lock(&inbox->lock);
    if (item->linked)
        unlink_item(inbox, item);
    pthread_mutex_unlock(&inbox->lock);
}

void inbox_acknowledge(struct inbox *inbox)
{
    eventfd_t count;
    eventfd_read(inbox->wake, &count);
}
