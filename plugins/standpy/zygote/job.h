/*
 * One job: turns a body into a request, runs its script, and turns the result into an answer.
 */
#ifndef STANDPY_JOB_H
#define STANDPY_JOB_H

#include "descriptors.h"
#include "runner_state.h"
#include "slice.h"

/*
 * Runs it, answers, puts back what the script has changed, and says that the runner is ready for
 * another job. If this was its last one, the runner waits for its end instead.
 *
 * message: a struct job and what follows it. Takes ownership of the packet's descriptors.
 */
void job_run(struct runner *runner, struct slice message, struct packet *packet);

/* From here on it may have run. */
void job_say_begun(const struct runner *runner, begun_job number);

#endif
