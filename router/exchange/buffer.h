/*
 * Bytes of a client that is slower than its engine: in a memory file, so that no worker waits for
 * the client, and none of them in the memory of the process. Nothing of a request is ever on a
 * disk.
 *
 * What all buffers hold together is counted, and limited by BUFFER_LIMIT.
 */
#ifndef STANDPY_ROUTER_BUFFER_H
#define STANDPY_ROUTER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 <= read <= written; what was read is still held until all is. */
struct buffer {
    int file; /* memfd; -1 where nothing was written yet */
    uint64_t written, read;
};

#define BUFFER_EMPTY ((struct buffer){.file = -1})

/* Takes all of the bytes, or none: where all buffers would hold more than limit bytes then, or this
 * one more than a quarter of them, or where memory or descriptors run out. */
bool buffer_write(struct buffer *buffer, const char *bytes, size_t length, uint64_t limit);

/* Whether it would take so many bytes now. */
bool buffer_has_room(const struct buffer *buffer, size_t length, uint64_t limit);

/* Gives up to capacity bytes and returns their number; 0 where it is empty. */
size_t buffer_read(struct buffer *buffer, char *into, size_t capacity);

bool buffer_is_empty(const struct buffer *buffer);

/* Lets go of all that it holds; it is empty then. */
void buffer_finish(struct buffer *buffer);

/* Bytes that all buffers hold. */
uint64_t buffer_total(void);

#endif
