/*
 * The zygote's end of the control socket. The zygote never waits for the front.
 */
#ifndef STANDPY_CONTROL_SOCKET_H
#define STANDPY_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"

/* Its number in the zygote's program. */
#define CONTROL_SOCKET 3

/* Sends a message. False, with a line in the log, if the front does not take it. descriptors:
 * borrowed. */
bool control_send(const struct control_message *message, const int *descriptors, size_t count);

/* Sends CONTROL_FAILED. */
void control_send_failure(enum control_blame blame, const char *why);

enum control_receipt {
    CONTROL_NOTHING, /* for now */
    CONTROL_MESSAGE,
    CONTROL_CLOSED, /* nobody holds the other end any more */
};

/* Takes the next well-formed message. */
enum control_receipt control_receive(struct control_message *message);

/* Writes one line to the log, and adds the newline. */
__attribute__((format(printf, 1, 2))) void zygote_log(const char *format, ...);

#endif
