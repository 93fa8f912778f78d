/*
 * One job: a body becomes a request, the request a run of its script, the run an answer.
 */
#ifndef STANDPY_JOB_H
#define STANDPY_JOB_H

#include "descriptors.h"
#include "runner_state.h"
#include "slice.h"

/*
 * Runs it, answers, puts back what the script has changed, and says that the runner is ready for
 * another one. If it is to have no other, it waits for its end instead.
 *
 * message: a struct job and what follows it. Takes the descriptors over.
 */
void job_run(struct runner *runner, struct slice message, struct packet *packet);

#endif
