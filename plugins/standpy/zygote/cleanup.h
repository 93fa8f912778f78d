/*
 * Cleans up a runner after a script: puts back what is cheap to put back, and reports the rest.
 */
#ifndef STANDPY_CLEANUP_H
#define STANDPY_CLEANUP_H

#include "execution_result.h"
#include "message.h"
#include "runner_state.h"
#include "slice.h"

/* Cleans up, frees the result, and fills in what the front has to know. */
void cleanup_run(struct runner *runner, struct execution_result *result, struct message *ready);

/* What was printed since the answer; only the log gets it. Valid until the next job. */
struct slice cleanup_late_output(struct runner *runner);

#endif
