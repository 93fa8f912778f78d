#include "pools.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

struct entry {
    struct pool pool; /* first member: pool_next casts */
    char *name;
    struct entry *next;
};

/* All pools that ever existed: an engine that one reload removes may come back with the next. */
static struct {
    pthread_mutex_t lock;
    struct entry *first;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct pool *pool_of(const char *engine)
{
    pthread_mutex_lock(&all.lock);
    struct entry *entry = all.first;
    while (entry && strcmp(entry->name, engine) != 0)
        entry = entry->next;
    if (!entry && (entry = calloc(1, sizeof(*entry))) != NULL) {
        entry->name = strdup(engine);
        entry->pool.name = entry->name;
        pthread_mutex_init(&entry->pool.lock, NULL);
        if (entry->name) {
            entry->next = all.first;
            all.first = entry;
        } else {
            free(entry);
            entry = NULL;
        }
    }
    pthread_mutex_unlock(&all.lock);
    return entry ? &entry->pool : NULL;
}

struct pool *pool_next(const struct pool *pool)
{
    pthread_mutex_lock(&all.lock);
    const struct entry *previous = (const struct entry *)(const void *)pool;
    struct entry *entry = previous ? previous->next : all.first;
    pthread_mutex_unlock(&all.lock);
    return entry ? &entry->pool : NULL;
}

void pool_free_all(void)
{
    while (all.first) {
        struct entry *entry = all.first;
        all.first = entry->next;
        for (size_t i = 0; i < entry->pool.count; i++)
            free(entry->pool.replicas[i]);
        pthread_mutex_destroy(&entry->pool.lock);
        free(entry->name);
        free(entry);
    }
}
