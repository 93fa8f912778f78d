#include "ring.h"

#include <stdlib.h>
#include <string.h>

#define SPARE_RINGS 16

static size_t least(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* Keeps the memory of finished rings for the next ones. malloc returns pieces of this size to the
 * system, and then each of their pages would cost a fault again. */
static _Thread_local struct {
    char *list[SPARE_RINGS];
    size_t count;
} spares;

static char *take_memory(void)
{
    return spares.count > 0 ? spares.list[--spares.count] : malloc(RING_CAPACITY);
}

void ring_finish(struct ring *ring)
{
    if (ring->data && spares.count < SPARE_RINGS)
        spares.list[spares.count++] = ring->data;
    else
        free(ring->data);
    *ring = (struct ring){0};
}

void ring_free_spares(void)
{
    while (spares.count > 0)
        free(spares.list[--spares.count]);
}

size_t ring_space(const struct ring *ring)
{
    return RING_CAPACITY - ring->length;
}

size_t ring_write(struct ring *ring, const char *bytes, size_t length)
{
    if (!ring->data)
        ring->data = take_memory();
    if (!ring->data)
        return 0;
    size_t count = least(length, ring_space(ring));
    size_t end = (ring->start + ring->length) % RING_CAPACITY;
    size_t first = least(count, RING_CAPACITY - end);
    memcpy(ring->data + end, bytes, first);
    memcpy(ring->data, bytes + first, count - first);
    ring->length += count;
    return count;
}

size_t ring_read(struct ring *ring, char *into, size_t length)
{
    size_t count = least(length, ring->length);
    if (count == 0)
        return 0;
    size_t first = least(count, RING_CAPACITY - ring->start);
    memcpy(into, ring->data + ring->start, first);
    memcpy(into + first, ring->data, count - first);
    ring->start = (ring->start + count) % RING_CAPACITY;
    ring->length -= count;
    if (ring->length == 0)
        ring->start = 0; /* so that the next bytes lie in one piece */
    return count;
}
