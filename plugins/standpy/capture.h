/*
 * What a script prints: file descriptors 1 and 2 lead into memory while it runs, so that native
 * code and subprocesses are heard as well as print().
 */
#ifndef STANDPY_CAPTURE_H
#define STANDPY_CAPTURE_H

#include <stdbool.h>

#include "slice.h"

/* Bytes kept of each stream: the first and the last half of it, with a mark between. */
#define CAPTURE_LIMIT (1U << 20)

struct capture_stream {
    int memory;   /* memfd that takes the output */
    int original; /* where the descriptor leads between scripts */
    char *text;   /* owned; what the last capture took, NULL where nothing */
    size_t length;
};

struct capture {
    struct capture_stream out, err;
};

/* The memory of one worker's streams, made before the fork: memfds. */
struct capture_memory {
    int out, err;
};

/* False with errno set where the kernel gives no memory or descriptors. */
bool capture_memory_create(struct capture_memory *memory);
void capture_memory_close(struct capture_memory *memory);

/*
 * Frees the middle of what a runaway script prints, while it prints; called from another process
 * every now and then. Head and tail stay.
 */
void capture_memory_trim(const struct capture_memory *memory);

/* Starts with empty memory, which it takes over. False with errno set. */
bool capture_init(struct capture *capture, struct capture_memory *memory);

/* Forgets what another process left in the memory that both have. False with errno set. */
bool capture_reset(struct capture *capture);

/* From here to capture_end descriptors 1 and 2 lead into memory. */
bool capture_begin(struct capture *capture);

/*
 * Takes what came. The slices are valid until capture_end.
 * Fails only where memory runs out or the script closed every descriptor.
 */
bool capture_take(struct capture *capture, struct slice *out, struct slice *err);

/*
 * What came so far, while the script still prints; for a thread beside it. The slices are valid
 * until the process ends.
 */
void capture_peek(struct capture *capture, struct slice *out, struct slice *err);

/* Puts the descriptors back and frees what was taken. It can wait until the answer is sent. */
void capture_end(struct capture *capture);

#endif
