/*
 * A reply's body, on its way from the engine through the ring to the client. If the client is slow,
 * its engine waits. If that lasts, or if others wait for the worker, the rest goes into memory
 * behind the ring (buffer.h).
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
    DOWNLOAD_FLOWS,     /* it flows through the ring */
    DOWNLOAD_BLOCKED,   /* the ring is full, and the engine waits */
    DOWNLOAD_OVERFLOWS, /* what does not fit into the ring goes behind it */
};

struct download {
    enum download_state state; /* set by download.c alone */
    int64_t blocked_since;     /* monotonic microseconds; only while it is blocked */
    struct ring ring;
    struct buffer overflow; /* follows what is in the ring */
};

#define DOWNLOAD_EMPTY ((struct download){.overflow = BUFFER_EMPTY})

/* Takes all of the bytes or none. False: the engine waits, until download_resume, or until the
 * client takes what there is. limit: most bytes of all buffers together. */
bool download_take(struct download *download, const char *bytes, size_t length, uint64_t limit);

/* Gives bytes to the client's side and returns their number; 0: none now. */
size_t download_give(struct download *download, char *into, size_t capacity);

bool download_is_empty(const struct download *download);

/* All that it holds if that is in one piece; else data is NULL. Borrowed. */
struct slice download_in_one_piece(const struct download *download);

/*
 * Decides whether the body overflows from now on: the engine has waited long enough, or others wait
 * for its worker, and there is memory for `holds` bytes, which come at once. True: let the engine
 * go on.
 */
bool download_relieve(struct download *download, bool others_wait, size_t holds, uint64_t limit);

/* The engine goes on. */
void download_resume(struct download *download);

/* Frees what it holds and leaves it empty. */
void download_finish(struct download *download);

#endif
