#include "script_answers.h"

#include <stdio.h>
#include <stdlib.h>

#include "death.h"
#include "engine.h"
#include "exchange.h"
#include "execution_result.h"
#include "keeping.h"
#include "log.h"
#include "report.h"
#include "response.h"
#include "stack.h"

static void take_result(struct work *work, const struct message *message,
                        const struct message_parts *parts, int file)
{
    struct exchange *exchange = exchange_of_work(work);
    struct response response = {
        .status = (int)message->status,
        .content_type = parts->content_type,
        .content_length = message->content_length,
    };
    if (parts->note.length > 0) {
        log_line("worker %d: request %s failed within:", work->worker, work->request_id);
        log_foreign(parts->note);
    }
    exchange_answer(exchange, &response, parts->content, file);
}

static void keeping_finished(struct work *work)
{
    exchange_kept(exchange_of_work(work));
}

static void take_keep(struct work *work, const struct keep_list *list, int file)
{
    struct exchange *exchange = exchange_of_work(work);
    keeping_drop(exchange->keeping); /* there is none, unless a script forged something */
    exchange->keeping = keeping_begin(work, list, file, keeping_finished);
}

/* Reports a failure in a script's place, with what the script printed. */
static void answer_report(struct exchange *exchange, const struct execution_result *result,
                          struct slice out, struct slice err)
{
    const struct report_context context = {
        .request_id = exchange->work.request_id,
        .out = out,
        .err = err,
    };
    char *problem = report_problem(result, &context);
    if (problem)
        exchange_answer_text(exchange, problem_status(result->kind), PROBLEM_MEDIA_TYPE,
                             slice_of(problem));
    else
        exchange_answer_problem(exchange, result->kind, "out of memory",
                                (struct problem_fields){0});
    free(problem);
}

void script_answers_overdue(struct exchange *exchange, const char *detail, const char *traceback,
                            const struct overdue *overdue)
{
    const struct execution_result result = {
        .kind = PROBLEM_DEADLINE,
        .detail = slice_of(detail),
        .phase = slice_of(stack_phase(overdue->stack, overdue->thread)),
        .traceback = traceback ? slice_of(traceback) : (struct slice){NULL, 0},
    };
    answer_report(exchange, &result, overdue->out, overdue->err);
}

static void take_overdue(struct work *work, const struct overdue *overdue)
{
    struct exchange *exchange = exchange_of_work(work);
    char detail[200];
    snprintf(detail, sizeof(detail), "the script did not end within %d s, %s%s", work->patience,
             work->patience < exchange->engine->timeout ? "as the request's Prefer: wait says"
                                                        : "the TIMEOUT of this engine",
             overdue->stack.length > 0 ? "" : "; where it hung could not be found out");
    char *traceback = stack_format(overdue->stack, overdue->thread);
    script_answers_overdue(exchange, detail, traceback, overdue);
    free(traceback);
}

static void log_death(const struct work *work, const struct death *death, const char *traceback)
{
    log_line("worker %d: the script of request %s died: %s; sha256=%s", work->worker,
             work->request_id, death->how, death->script[0] ? death->script : "-");
    if (traceback)
        log_foreign(slice_of(traceback));
}

static void take_death(struct work *work, const struct death *death)
{
    struct exchange *exchange = exchange_of_work(work);
    char detail[512];
    snprintf(detail, sizeof(detail), "the script gave no answer: %s%s%s", death->how,
             death->script[0] ? "; sha256 of the script: " : "", death->script);
    char *traceback = stack_format(death->left.stack, death->left.thread);
    const struct execution_result result = {
        .kind = PROBLEM_SCRIPT_DIED,
        .detail = slice_of(detail),
        .phase = slice_of(stack_phase(death->left.stack, death->left.thread)),
        .traceback = traceback ? slice_of(traceback) : (struct slice){NULL, 0},
    };
    log_death(work, death, traceback);
    answer_report(exchange, &result, death->left.out, death->left.err);
    free(traceback);
}

const struct workers_user script_answers = {
    .result = take_result,
    .keep = take_keep,
    .overdue = take_overdue,
    .died = take_death,
};
