/*
 * What the front wants of a runner: a job's message, understood.
 */
#ifndef STANDPY_ORDER_H
#define STANDPY_ORDER_H

#include <stdbool.h>

#include "descriptors.h"
#include "execution_request.h"
#include "mapped_body.h"
#include "message.h"
#include "runner_state.h"
#include "slice.h"

/* The text is borrowed from the message. */
struct order {
    struct job job;
    struct slice content_type;
    struct body body;
};

/* Takes the descriptors over. Ends the process if the message is wrong. */
void order_take(struct order *order, struct runner *runner, struct slice message,
                struct packet *packet);

/* Its body becomes a request. False, and why in error. */
bool order_decode(const struct order *order, struct execution_request *request,
                  struct decode_error *error);

#endif
