#include "takeover.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "direct.h"
#include "interpreter.h"
#include "kept.h"
#include "memory.h"
#include "overdue.h"
#include "processes.h"
#include "report.h"
#include "request_log.h"
#include "stack.h"
#include "stack_dump.h"
#include "uwsgi_api.h"
#include "worker.h"

#define PATIENCE_MILLISECONDS 2000 /* with a client that does not read its answer */
#define STATUS_ABORTED        499  /* in the log only; the number that nginx uses */

static size_t answer(struct worker *worker)
{
    struct report_context context = {.request_id = worker->request_id};
    char detail[160];
    snprintf(detail, sizeof(detail), "the script did not end within %d s, %s",
             worker->patience.seconds,
             worker->patience.client_asked ? "as the request's Prefer: wait says"
                                           : "the TIMEOUT of this engine");
    uint64_t thread = (uint64_t)worker->watchdog.watched;
    struct slice stack = stack_dump(&worker->watchdog, worker->stack_memory);
    char *traceback = stack_format(stack, thread);
    capture_peek(&worker->capture, &context.out, &context.err);
    const struct execution_result result = {
        .kind = PROBLEM_DEADLINE,
        .detail = slice_of(detail),
        .phase = slice_of(stack_phase(stack, thread)),
        .traceback = traceback ? slice_of(traceback) : (struct slice){NULL, 0},
    };
    char *problem = report_problem(&result, &context);
    const struct direct_answer answer = {
        .status = problem_status(PROBLEM_DEADLINE),
        .reason = "Gateway Timeout",
        .headers = "",
        .content_type = PROBLEM_MEDIA_TYPE,
        .request_id = worker->request_id,
        .body = problem ? problem : "{}",
    };
    direct_send(atomic_load(&worker->watchdog.client), &answer, PATIENCE_MILLISECONDS);
    return strlen(answer.body); /* nothing is freed: the process ends */
}

void takeover(void *context, enum watchdog_cause cause)
{
    struct worker *worker = context;
    overdue_never(worker->metrics);
    memory_open_reserve();
    int log = worker->capture.err.original; /* descriptor 2 is the script's */
    struct request_end end = {.status = STATUS_ABORTED};
    enum worker_end why = WORKER_ABORT;
    enum outcome outcome = OUTCOME_ABORTED;
    if (cause == WATCHDOG_DEADLINE) {
        end = (struct request_end){problem_status(PROBLEM_DEADLINE), answer(worker)};
        why = WORKER_DEADLINE;
        outcome = OUTCOME_DEADLINE;
    }
    if (cause == WATCHDOG_STUCK) {
        why = WORKER_STUCK;
        dprintf(log, "standpy: worker %d: what the script of request %s left behind does not end\n",
                worker->number, worker->request_id);
    } else {
        metrics_count(worker->metrics, outcome, request_log(worker, &end, log));
    }
    atomic_store(&worker->metrics->end, why);
    kept_hand_over_all();
    processes_end_children();
    _exit(UWSGI_QUIET_CODE);
}
