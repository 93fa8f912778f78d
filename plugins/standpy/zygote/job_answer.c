#include "job_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "reply.h"

/* After a small script the runner cleans up first, because one message for both is cheaper. */
#define SMALL_SCRIPT       16384 /* bytes */
#define SMALL_ANSWER       4096
#define SMALL_MILLISECONDS 1

/* The answer that waits for that. */
static struct {
    bool is_kept;
    uint64_t number; /* of its job */
    char content_type[128], content[SMALL_ANSWER];
    size_t length;
} kept;

static bool send_one(struct runner *runner, const struct order *order, int status, const char *text,
                     struct slice note)
{
    const struct slice content = slice_of(text);
    const struct reply reply = {
        .number = order->job.number,
        .status = status,
        .content_type = PROBLEM_MEDIA_TYPE,
        .pieces = &content,
        .piece_count = 1,
        .note = note,
        .script = runner->script,
        .imports = {runner->imports, runner->imports_length},
        .processes = runner->processes,
    };
    return reply_send(&runner->files, &reply);
}

void job_answer_problem(struct runner *runner, const struct order *order, enum problem_kind kind,
                        const char *detail)
{
    size_t length;
    char *text = problem_encode(kind, detail, order->job.request_id, &length);
    send_one(runner, order, problem_status(kind), text ? text : "{}", (struct slice){"", 0});
    free(text);
}

/* If memory ran out, the answer says whose limit it was. */
void job_answer_refusal(struct runner *runner, const struct order *order,
                        const struct decode_error *error)
{
    char detail[sizeof(error->detail) + 160];
    unsigned long long length = order->job.body_length, limit = runner->memory.limit;
    if (error->exhausted && limit > 0)
        snprintf(detail, sizeof(detail),
                 "%s: it has %llu bytes, and a worker may have %llu bytes (MEMORY_LIMIT)",
                 error->detail, length, limit);
    else if (error->exhausted)
        snprintf(detail, sizeof(detail),
                 "%s: it has %llu bytes, and the machine or container has no more (there is no "
                 "MEMORY_LIMIT)",
                 error->detail, length);
    else
        snprintf(detail, sizeof(detail), "%s", error->detail);
    job_answer_problem(runner, order, error->kind, detail);
}

bool job_answer_may_wait(const struct runner *runner, const struct order *order,
                         const struct execution_request *request)
{
    return !runner->process_each && !order->job.last && order->body.file < 0 &&
           request->script.length <= SMALL_SCRIPT;
}

/* True if it was kept. */
static bool keep_answer(uint64_t number, const struct execution_result *result,
                        const struct answer *answer)
{
    size_t length = 0;
    double init_ms = result->init_ms > 0 ? result->init_ms : 0;
    if (init_ms + result->run_ms + result->decode_ms > SMALL_MILLISECONDS || result->reaches)
        return false;
    for (size_t i = 0; i < answer->piece_count; i++) {
        const struct slice *piece = &answer->pieces[i];
        if (piece->length > sizeof(kept.content) - length)
            return false;
        memcpy(kept.content + length, piece->data, piece->length);
        length += piece->length;
    }
    kept.number = number;
    kept.length = length;
    kept.is_kept = true;
    memcpy(kept.content_type, answer->content_type, sizeof(kept.content_type));
    return true;
}

static bool send_answer(struct runner *runner, const struct order *order,
                        const struct execution_result *result, const struct report_context *context,
                        bool may_wait)
{
    struct answer answer;
    bool sent = false;
    enum answer_form form = (enum answer_form)order->job.answer_form;
    if (answer_make(&answer, form, result, context)) {
        const struct reply reply = {
            .number = order->job.number,
            .status = 200,
            .content_type = answer.content_type,
            .pieces = answer.pieces,
            .piece_count = answer.piece_count,
            .script = runner->script,
            .imports = {runner->imports, runner->imports_length},
            .processes = runner->processes,
        };
        sent = (may_wait && keep_answer(order->job.number, result, &answer)) ||
               reply_send(&runner->files, &reply);
    }
    answer_finish(&answer);
    return sent;
}

/* What our own code printed about its failure goes to the log, not to the client. */
static struct slice note_of(const struct execution_result *result,
                            const struct report_context *context)
{
    return result->kind == PROBLEM_INTERNAL ? context->err : (struct slice){"", 0};
}

static bool send_failure(struct runner *runner, const struct order *order,
                         const struct execution_result *result,
                         const struct report_context *context)
{
    char *text = report_problem(result, context);
    bool sent = text && send_one(runner, order, problem_status(result->kind), text,
                                 note_of(result, context));
    free(text);
    return sent;
}

void job_answer_result(struct runner *runner, const struct order *order,
                       const struct execution_result *result, const struct report_context *context,
                       bool may_wait)
{
    bool sent = result->ok ? send_answer(runner, order, result, context, may_wait)
                           : send_failure(runner, order, result, context);
    if (sent)
        return;
    runner->result_failed = true;
    if (runner_files_result_is_sealed(&runner->files))
        job_answer_problem(runner, order, PROBLEM_OUTPUTS_FAILED,
                           "the script has sealed the memory that its result goes through");
    else
        job_answer_problem(runner, order, PROBLEM_INTERNAL, "out of memory");
}

void job_answer_ready(struct runner *runner, struct message *ready, struct slice note)
{
    if (!kept.is_kept) {
        reply_ready(runner->files.channel, ready, note);
        return;
    }
    const struct slice content = {kept.content, kept.length};
    const struct reply reply = {
        .number = kept.number,
        .status = 200,
        .content_type = kept.content_type,
        .pieces = &content,
        .piece_count = 1,
        .note = note,
    };
    kept.is_kept = false;
    reply_send_ready(&runner->files, &reply, ready);
}
