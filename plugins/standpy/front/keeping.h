/*
 * The inputs of one request on their way into the contents. The front works out their digests and
 * copies them, piece by piece, between other things, so nobody waits for that but the request's own
 * answer. It believes nothing that a runner says: where the bytes lie, not what they are.
 */
#ifndef STANDPY_KEEPING_H
#define STANDPY_KEEPING_H

#include <stdbool.h>

#include "content_names.h"
#include "message.h"
#include "work.h"

struct keeping;

/*
 * Begins; small inputs are kept once this returns. Takes ownership of the file (-1: none), and
 * borrows the work until keeping_drop, except for its body in a file. Calls `finished` later if it
 * is not done yet. NULL if memory runs out.
 */
struct keeping *keeping_begin(struct work *work, const struct keep_list *list, int file,
                              void (*finished)(struct work *work));

bool keeping_is_done(const struct keeping *keeping);

/* What is kept of it so far. Inputs for which there was no room are left out. */
const struct content_names *keeping_names(const struct keeping *keeping);

/* Frees it. If it is not done, the rest is not kept. */
void keeping_drop(struct keeping *keeping);

/* Whether any is not done; takes the next piece of one. */
bool keepings_are_left(void);
void keepings_go_on(void);

#endif
