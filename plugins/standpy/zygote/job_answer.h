/*
 * The answers to a job: results, failures, refusals. A small one may wait until the runner has
 * cleaned up, and then go together with the message that it is ready.
 */
#ifndef STANDPY_JOB_ANSWER_H
#define STANDPY_JOB_ANSWER_H

#include <stdbool.h>

#include "execution_request.h"
#include "execution_result.h"
#include "message.h"
#include "order.h"
#include "report.h"
#include "runner_state.h"

/* The only function that answers with an error of ours. */
void job_answer_problem(struct runner *runner, const struct order *order, enum problem_kind kind,
                        const char *detail);

/* Answers a request that cannot be run. */
void job_answer_refusal(struct runner *runner, const struct order *order,
                        const struct decode_error *error);

/* Decides before the script runs whether its answer may wait. */
bool job_answer_may_wait(const struct runner *runner, const struct order *order,
                         const struct execution_request *request);

void job_answer_result(struct runner *runner, const struct order *order,
                       const struct execution_result *result, const struct report_context *context,
                       bool may_wait);

/* Says that the runner is ready, and sends the answer that waited, if there is one. */
void job_answer_ready(struct runner *runner, struct message *ready, struct slice note);

#endif
