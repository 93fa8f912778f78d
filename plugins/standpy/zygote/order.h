/*
 * What the front wants from a runner: takes a job's message apart.
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
    struct slice content_type, variables;
    struct known_content contents[CONTENTS_MOST]; /* their files belong to the body */
    struct body body;
};

/* Takes ownership of the descriptors. Ends the process if the message is wrong. */
void order_take(struct order *order, struct runner *runner, struct slice message,
                struct packet *packet);

/* Turns its body into a request. False, with the reason in error. */
bool order_decode(struct order *order, struct execution_request *request,
                  struct decode_error *error);

#endif
