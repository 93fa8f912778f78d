/*
 * One request of the WSGI application.
 */
#ifndef STANDPY_SERVE_H
#define STANDPY_SERVE_H

#include "descriptors.h"
#include "runner_state.h"
#include "slice.h"

/*
 * Hands it to the application, sends the answer while that is made, and says that the runner is
 * ready for another one.
 *
 * message: a struct job and what follows it. Takes ownership of the packet's descriptors.
 */
void serve_run(struct runner *runner, struct slice message, struct packet *packet);

#endif
