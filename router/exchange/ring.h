/*
 * A ring of bytes between the two sides of an exchange: it bounds memory and holds back the faster
 * side.
 *
 * 0 <= length <= RING_CAPACITY; the bytes begin at `start` and wrap around the end.
 */
#ifndef STANDPY_ROUTER_RING_H
#define STANDPY_ROUTER_RING_H

#include <stddef.h>

#define RING_CAPACITY ((size_t)64 * 1024)

struct ring {
    char *data; /* NULL until the first byte; RING_CAPACITY bytes */
    size_t start, length;
};

void ring_finish(struct ring *ring);
/* Call it at the end of a thread: frees what ring_finish keeps for the next ring. */
void ring_free_spares(void);
size_t ring_space(const struct ring *ring);

/* Takes as many bytes as fit and returns their number; 0 also if memory runs out. */
size_t ring_write(struct ring *ring, const char *bytes, size_t length);

/* Gives up to `length` bytes and returns their number. */
size_t ring_read(struct ring *ring, char *into, size_t length);

#endif
