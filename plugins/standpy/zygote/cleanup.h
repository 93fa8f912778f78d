/*
 * What becomes of a runner behind a script: what is cheap to put back is put back, the rest is
 * said.
 */
#ifndef STANDPY_CLEANUP_H
#define STANDPY_CLEANUP_H

#include "execution_result.h"
#include "message.h"
#include "runner_state.h"
#include "slice.h"

/* Puts back; frees the result, and fills in what the front has to know of it. */
void cleanup_run(struct runner *runner, struct execution_result *result, struct message *ready);

/* What was printed since the answer: it belongs to nobody but the log. Valid until the next job. */
struct slice cleanup_late_output(struct runner *runner);

#endif
