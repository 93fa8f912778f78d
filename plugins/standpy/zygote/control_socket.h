/*
 * The zygote's end of the control socket. The zygote never waits for the front.
 */
#ifndef STANDPY_CONTROL_SOCKET_H
#define STANDPY_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"

/* Its number, from the exec on. */
#define CONTROL_SOCKET 3

/* False, and a line in the log, if the front does not take it. descriptors: borrowed. */
bool control_send(const struct control_message *message, const int *descriptors, size_t count);

/* Sends CONTROL_FAILED. */
void control_send_failure(enum control_blame blame, const char *why);

enum control_receipt {
    CONTROL_NOTHING, /* just now */
    CONTROL_MESSAGE,
    CONTROL_CLOSED, /* nobody has the other end any more */
};

/* The next message that is as it should be. */
enum control_receipt control_receive(struct control_message *message);

/* One line of the log, without the newline. */
__attribute__((format(printf, 1, 2))) void zygote_log(const char *format, ...);

#endif
