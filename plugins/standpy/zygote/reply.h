/*
 * What a runner says to the front.
 */
#ifndef STANDPY_REPLY_H
#define STANDPY_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "runner_files.h"
#include "slice.h"

/* An answer to a client; everything in it is borrowed. */
struct reply {
    uint64_t number; /* of the job */
    int status;      /* of HTTP */
    const char *content_type;
    const struct slice *pieces; /* of the content: one behind the other */
    size_t piece_count;
    struct slice note; /* for the log: of one that is too long, the end */
};

/*
 * Sends it; what is large goes into the memory file `result`. False if that takes it not, and
 * nothing was sent. Does not return if the front is gone, or the channel is closed.
 */
bool reply_send(struct runner_files *files, const struct reply *reply);

/* Both in one: a small result, and what there is to say once its script is cleaned up. */
void reply_send_ready(const struct runner_files *files, const struct reply *reply,
                      const struct message *ready);

/* Says MESSAGE_READY; fills in what is the same every time. Does not return likewise. */
void reply_ready(int channel, struct message *message, struct slice note);

#endif
