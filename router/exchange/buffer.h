/*
 * Holds the bytes of a client that is slower than its engine, in a memory file. So no worker waits
 * for the client, and the bytes are not in the process's own memory. Nothing of a request is ever
 * on a disk.
 *
 * BUFFER_LIMIT bounds what all buffers hold together.
 */
#ifndef STANDPY_ROUTER_BUFFER_H
#define STANDPY_ROUTER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 <= read <= written. What was read is held until all is read. */
struct buffer {
    int file; /* memfd; -1 if nothing has been written yet */
    uint64_t written, read;
};

#define BUFFER_EMPTY ((struct buffer){.file = -1})

/* Takes all of the bytes or none. None if all buffers would then hold more than limit bytes, or
 * this one more than a quarter of that; also if memory or descriptors run out. */
bool buffer_write(struct buffer *buffer, const char *bytes, size_t length, uint64_t limit);

/* Whether it would take that many bytes now. */
bool buffer_has_room(const struct buffer *buffer, size_t length, uint64_t limit);

/* Gives up to capacity bytes and returns their number; 0 if it is empty. */
size_t buffer_read(struct buffer *buffer, char *into, size_t capacity);

bool buffer_is_empty(const struct buffer *buffer);

/* Drops what it holds and leaves it empty. */
void buffer_finish(struct buffer *buffer);

/* Bytes that all buffers hold. */
uint64_t buffer_total(void);

#endif
