/*
 * The way of a reply's body: from the engine, through the ring, to the client. If the client is
 * slow, its engine waits; but not for long, and not if others wait for the worker: then the rest is
 * taken into memory behind the ring (buffer.h).
 */
#ifndef STANDPY_ROUTER_DOWNLOAD_H
#define STANDPY_ROUTER_DOWNLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "ring.h"
#include "slice.h"

enum download_state {
    DOWNLOAD_FLOWS,     /* through the ring */
    DOWNLOAD_BLOCKED,   /* the ring is full, and the engine waits */
    DOWNLOAD_OVERFLOWS, /* what the ring does not take goes behind it */
};

struct download {
    enum download_state state; /* set by download.c alone */
    int64_t blocked_since;     /* monotonic microseconds; while it is blocked */
    struct ring ring;
    struct buffer overflow; /* behind what is in the ring */
};

#define DOWNLOAD_EMPTY ((struct download){.overflow = BUFFER_EMPTY})

/* Takes all of the bytes or none; false: the engine waits, until download_resume or a client that
 * takes what there is. limit: bytes of all buffers. */
bool download_take(struct download *download, const char *bytes, size_t length, uint64_t limit);

/* Gives bytes to the client's side and returns their number; 0: none now. */
size_t download_give(struct download *download, char *into, size_t capacity);

bool download_is_empty(const struct download *download);

/* All that it holds, if that is in one piece; data NULL if it is not. Borrowed. */
struct slice download_in_one_piece(const struct download *download);

/*
 * Whether the engine has waited for long enough, or others wait for its worker, and there is
 * memory for `holds` bytes, which come at once: what comes from now on overflows. True: let the
 * engine go on.
 */
bool download_relieve(struct download *download, bool others_wait, size_t holds, uint64_t limit);

/* The engine goes on. */
void download_resume(struct download *download);

/* Frees what it holds; it is empty then. */
void download_finish(struct download *download);

#endif
