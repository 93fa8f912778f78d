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
    const struct slice *pieces; /* the content, one after the other */
    size_t piece_count;
    uint64_t script;
    struct slice imports;
    struct slice note;  /* for the log; only its end is sent if it is too long */
    uint32_t processes; /* that the script left, if no MESSAGE_READY follows */
};

/*
 * Sends it; large content goes into the memory file `result`. False if that cannot be written; then
 * nothing was sent. Does not return if the front is gone or the channel is closed.
 */
bool reply_send(struct runner_files *files, const struct reply *reply);

/* Sends both in one message: a small result, and what MESSAGE_READY says after the cleanup. */
void reply_send_ready(const struct runner_files *files, const struct reply *reply,
                      const struct message *ready);

/* Sends MESSAGE_KEEP. Like reply_send it may not return. */
void reply_keep(int channel, uint64_t job, const struct keep_list *list, uint64_t file_length);

/* Sends a message whose lengths are set, with what follows it. Like reply_send it may not return.
 */
void reply_part(int channel, const struct message *message, struct slice note, struct slice fields,
                struct slice content);

/* The end of a note, as much as a message may have. */
struct slice reply_note(struct slice note);

/* Sends MESSAGE_READY; fills in what is the same every time. Like reply_send it may not return. */
void reply_ready(int channel, struct message *message, struct slice note);

#endif
