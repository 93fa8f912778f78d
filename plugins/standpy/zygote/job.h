/*
 * One job: a body becomes a request, the request a run of its script, the run an answer.
 */
#ifndef STANDPY_JOB_H
#define STANDPY_JOB_H

#include "descriptors.h"
#include "runner.h"
#include "slice.h"

/*
 * Runs it, answers, and puts back what the script has changed; `ready` says then what there is to
 * say of it, and `note` what goes to the log, valid until the next job. If the runner is to have no
 * other job, it waits for its end instead.
 *
 * message: a struct job and what follows it. Takes the descriptors over.
 */
void job_run(struct runner *runner, struct slice message, struct packet *packet,
             struct message *ready, struct slice *note);

#endif
