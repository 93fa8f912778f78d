/*
 * Memory that a runner of the application and the front share, for large pieces of answers. The
 * runner copies a piece into the next slot and says so in a message; the front sends the client the
 * piece from there and gives the slot back. In a message the kernel would copy it twice more.
 *
 * The front believes nothing that lies there. It counts the slots itself, the file cannot shrink
 * under its mapping, and a runner that writes to a slot while it is sent changes only its own
 * answer.
 */
#ifndef STANDPY_SLOTS_H
#define STANDPY_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "slice.h"

#define SLOT_SIZE MESSAGE_INLINE /* bytes */
#define SLOTS     16

struct slots {
    struct shared_slots *shared; /* a mapping; NULL: there is none, and pieces come in messages */
    uint32_t used;               /* front: given back; runner: filled. Since the beginning */
};

/* Front: makes the file of this size for good. False if it cannot be trusted, or memory runs out.
 */
bool slots_share(struct slots *slots, int file);

/* Runner: maps what the front has shared. False if it has not. */
bool slots_join(struct slots *slots, int file);

void slots_leave(struct slots *slots);

/* Front: the next piece. length: at most SLOT_SIZE. */
struct slice slots_piece(const struct slots *slots, size_t length);

/* Front: the next slot may be filled again. */
void slots_give_back(struct slots *slots);

/* Runner: the next slot; waits until it is free. */
char *slots_wait(struct slots *slots);

/* Runner: it is filled, and a message will say so. */
void slots_fill(struct slots *slots);

#endif
