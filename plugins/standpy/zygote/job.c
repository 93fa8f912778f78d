#include "job.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "answer.h"
#include "digest.h"
#include "ending.h"
#include "execution_request.h"
#include "media_type.h"
#include "multipart.h"
#include "native_threads.h"
#include "process_state.h"
#include "processes.h"
#include "reply.h"
#include "report.h"

#define OUTPUT_LOST "[the output of the script was lost]\n"

/* A small script is cleaned up before its answer goes: one message for both is cheaper. */
#define SMALL_SCRIPT       16384 /* bytes */
#define SMALL_ANSWER       4096
#define SMALL_MILLISECONDS 1

/* The answer of such a script, until then. */
static struct {
    bool is_kept;
    char content_type[128], content[SMALL_ANSWER];
    size_t length;
} kept;

/* What the front wants; the text is borrowed from its message. */
struct order {
    struct job job;
    struct slice content_type;
    struct body body;
    bool is_small;
};

/* Understanding the order */

static bool map_body(struct body *body, int file, uint64_t length)
{
    /* Private, as Linux before 6.7 maps no sealed file in another way; nobody changes it. */
    void *data = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED)
        return false;
    *body = (struct body){data, length, file};
    return true;
}

static void replace_result_file(struct runner *runner, int file)
{
    close(runner->files.result);
    runner->files.result = runner_files_move(file);
    runner->files.result_sent = false;
    runner_files_remember(&runner->files);
}

/* The front is trusted: what does not fit is a mistake of ours, and ends the process. */
static void take_order(struct runner *runner, struct slice message, struct packet *packet,
                       struct order *order)
{
    size_t head = sizeof(order->job), descriptors = packet->descriptor_count;
    if (message.length < head)
        _exit(1);
    memcpy(&order->job, message.data, head);
    const struct job *job = &order->job;
    uint64_t inline_length = job->body_in_file ? 0 : job->body_length;
    if (message.length != head + job->content_type_length + inline_length ||
        descriptors != (size_t)(job->body_in_file != 0) + (job->new_result_file != 0))
        _exit(1);
    order->content_type = (struct slice){message.data + head, job->content_type_length};
    if (job->new_result_file)
        replace_result_file(runner, packet->descriptors[--descriptors]);
    if (!job->body_in_file)
        order->body = (struct body){message.data + head + job->content_type_length,
                                    (size_t)job->body_length, -1};
    else if (!map_body(&order->body, packet->descriptors[0], job->body_length))
        close(packet->descriptors[0]);
}

/* Decoding */

static bool decode_multipart(struct execution_request *request, const struct order *order,
                             struct decode_error *error)
{
    struct slice body = {order->body.data, order->body.length};
    struct multipart multipart = {0};
    char boundary[PARAMETER_CAPACITY];
    size_t length = 0;
    if (!media_type_parameter(order->content_type, "boundary", boundary, &length) ||
        !multipart_init(&multipart, (struct slice){boundary, length}))
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "Content-Type has no boundary of 1 to %d characters", MULTIPART_MAX_BOUNDARY);
    bool decoded = false;
    if (body.length == 0)
        refuse(error, PROBLEM_MALFORMED_REQUEST, "the body is empty");
    else
        switch (multipart_feed(&multipart, body)) {
        case MULTIPART_DONE:
            decoded = decode_multipart_request(request, body, &multipart, error);
            break;
        case MULTIPART_ERROR:
            if (multipart.exhausted)
                refuse_exhausted(error);
            else
                refuse(error, PROBLEM_MALFORMED_REQUEST, "multipart/form-data: %s",
                       multipart.error);
            break;
        case MULTIPART_MORE:
            refuse(error, PROBLEM_MALFORMED_REQUEST,
                   "multipart/form-data: the body ended before the closing boundary \"%s--\", in "
                   "part %zu",
                   multipart.delimiter + 2, multipart.part_count);
            break;
        }
    multipart_finish(&multipart);
    return decoded;
}

/* The front lets only these three media types through. */
static bool decode(struct execution_request *request, const struct order *order,
                   struct decode_error *error)
{
    struct slice body = {order->body.data, order->body.length};
    struct slice essence = media_type_essence(order->content_type);
    if (!body.data)
        return refuse_exhausted(error);
    request->answer_form = (enum answer_form)order->job.answer_form;
    if (slice_equals_nocase(essence, "application/json"))
        return decode_json_request(request, body, error);
    if (slice_equals_nocase(essence, "text/x-python"))
        return decode_script_request(request, body, error);
    return decode_multipart(request, order, error);
}

/* Answering */

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
    };
    return reply_send(&runner->files, &reply);
}

/* The one place that answers with an error of ours. */
static void send_problem(struct runner *runner, const struct order *order, enum problem_kind kind,
                         const char *detail)
{
    size_t length;
    char *text = problem_encode(kind, detail, order->job.request_id, &length);
    send_one(runner, order, problem_status(kind), text ? text : "{}", (struct slice){"", 0});
    free(text);
}

static bool is_small(const struct runner *runner, const struct order *order,
                     const struct execution_request *request)
{
    return !runner->process_each && !order->job.last && order->body.file < 0 &&
           request->script.length <= SMALL_SCRIPT;
}

/* True if it was kept. */
static bool keep_answer(const struct execution_result *result, const struct answer *answer)
{
    size_t length = 0;
    if (result->run_ms + result->decode_ms > SMALL_MILLISECONDS || result->reaches)
        return false;
    for (size_t i = 0; i < answer->piece_count; i++) {
        const struct slice *piece = &answer->pieces[i];
        if (piece->length > sizeof(kept.content) - length)
            return false;
        memcpy(kept.content + length, piece->data, piece->length);
        length += piece->length;
    }
    kept.length = length;
    kept.is_kept = true;
    memcpy(kept.content_type, answer->content_type, sizeof(kept.content_type));
    return true;
}

static void send_kept(const struct runner *runner, uint64_t number, const struct message *ready,
                      struct slice note)
{
    const struct slice content = {kept.content, kept.length};
    const struct reply reply = {
        .number = number,
        .status = 200,
        .content_type = kept.content_type,
        .pieces = &content,
        .piece_count = 1,
        .note = note,
    };
    kept.is_kept = false;
    reply_send_ready(&runner->files, &reply, ready);
}

static bool send_answer(struct runner *runner, const struct order *order,
                        const struct execution_result *result, const struct report_context *context)
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
        };
        sent =
            (order->is_small && keep_answer(result, &answer)) || reply_send(&runner->files, &reply);
    }
    answer_finish(&answer);
    return sent;
}

/* What our own code printed of its failure is for the log, and not for the client. */
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

static void send_result(struct runner *runner, const struct order *order,
                        const struct execution_result *result, const struct report_context *context)
{
    bool sent = result->ok ? send_answer(runner, order, result, context)
                           : send_failure(runner, order, result, context);
    if (sent)
        return;
    runner->result_failed = true;
    if (runner_files_result_is_sealed(&runner->files))
        send_problem(runner, order, PROBLEM_OUTPUTS_FAILED,
                     "the script has sealed the memory that its result goes through");
    else
        send_problem(runner, order, PROBLEM_INTERNAL, "out of memory");
}

/* Running */

static void run(struct runner *runner, struct order *order, const struct execution_request *request,
                struct execution_result *result)
{
    struct report_context context = {.request_id = order->job.request_id,
                                     .queue_ms = order->job.queue_ms};
    order->is_small = is_small(runner, order, request);
    bool ran = runner->interpreter->execute(request, &order->body, result);
    if (getpid() != runner->process)
        _exit(0); /* a child of the script's that went on like its parent */
    if (!capture_take(&runner->capture, &context.out, &context.err))
        context.err = slice_of(OUTPUT_LOST);
    if (ran)
        send_result(runner, order, result, &context);
    else
        send_problem(runner, order, PROBLEM_INTERNAL, "out of memory");
}

static void count_cache(struct runner *runner, const struct leftovers *leftovers,
                        struct message *ready)
{
    ready->cache_hits = (uint64_t)(leftovers->cache_hits - runner->cache_hits);
    ready->cache_misses = (uint64_t)(leftovers->cache_misses - runner->cache_misses);
    runner->cache_hits = leftovers->cache_hits;
    runner->cache_misses = leftovers->cache_misses;
}

static enum unusable first_of(enum unusable first, enum unusable second)
{
    return first != USABLE ? first : second;
}

/* Puts back what is cheap to put back. */
static void clean(struct runner *runner, struct execution_result *result, struct message *ready)
{
    struct leftovers leftovers;
    enum unusable state = USABLE;
    if (processes_any_child()) {
        runner->interpreter->end_helper_processes();
        ready->processes = (uint32_t)processes_end_children();
    }
    process_state_calm();
    if (result->reaches) {
        state = process_state_restore();
        runner_files_restore(&runner->files); /* Python's streams are made anew on them */
    }
    runner->interpreter->release(result, &leftovers);
    if (leftovers.signals)
        process_state_restore_handlers();
    enum unusable files = runner_files_restore(&runner->files) ? USABLE : UNUSABLE_DESCRIPTORS;
    if (runner->result_failed || runner_files_result_is_sealed(&runner->files))
        files = UNUSABLE_RESULT;
    enum unusable left = leftovers.threads > 0  ? UNUSABLE_THREADS
                         : ready->processes > 0 ? UNUSABLE_PROCESSES
                                                : USABLE;
    if (left == USABLE && leftovers.reaches && !native_threads_end())
        left = UNUSABLE_NATIVE;
    ready->threads = (uint32_t)leftovers.threads;
    ready->imported = leftovers.imported != 0;
    ready->unusable = first_of(first_of(files, state), first_of(leftovers.unusable, left));
    count_cache(runner, &leftovers, ready);
}

/* What was printed since the answer belongs to nobody but the log. */
static struct slice take_late_output(struct runner *runner)
{
    struct slice out, err;
    capture_take(&runner->capture, &out, &err);
    if (out.length == 0 || err.length == 0)
        return out.length > 0 ? out : err;
    size_t length = out.length + err.length;
    free(runner->note);
    runner->note = malloc(length);
    if (!runner->note)
        return err;
    memcpy(runner->note, out.data, out.length);
    memcpy(runner->note + out.length, err.data, err.length);
    return (struct slice){runner->note, length};
}

/* Who is out of memory learns whose limit it was. */
static void send_refusal(struct runner *runner, const struct order *order,
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
    send_problem(runner, order, error->kind, detail);
}

/* From here on the script may have run. */
static void say_begun(const struct runner *runner, begun_job number)
{
    const struct begun begun = {.number = number};
    const off_t behind = sizeof(begun);
    int stack = runner->files.stack;
    if (lseek(stack, 0, SEEK_END) > behind && ftruncate(stack, behind) != 0)
        _exit(1);
    if (pwrite(stack, &begun, sizeof(begun), 0) != behind || lseek(stack, behind, SEEK_SET) < 0)
        _exit(1);
}

static void say_which(const struct runner *runner, struct slice script)
{
    char digits[SCRIPT_DIGEST];
    digest_of(script, digits);
    if (pwrite(runner->files.stack, digits, sizeof(digits), offsetof(struct begun, script)) < 0)
        return; /* it dies without a name */
}

void job_run(struct runner *runner, struct slice message, struct packet *packet)
{
    struct message ready = {0};
    struct order order = {.body = {.file = -1}};
    struct execution_request request;
    struct execution_result result = {0};
    struct decode_error error = {0};
    take_order(runner, message, packet, &order);
    say_begun(runner, order.job.number);
    execution_request_init(&request);
    bool decoded = decode(&request, &order, &error);
    if (decoded)
        say_which(runner, request.script);
    if (decoded)
        run(runner, &order, &request, &result);
    else
        send_refusal(runner, &order, &error);
    if (runner->process_each || order.job.last)
        wait_for_the_end();
    if (decoded)
        clean(runner, &result, &ready);
    body_close(&order.body);
    execution_request_finish(&request);
    ready.keeps_much = !memory_settle(&runner->memory);
    struct slice note = take_late_output(runner);
    if (kept.is_kept)
        send_kept(runner, order.job.number, &ready, note);
    else
        reply_ready(runner->files.channel, &ready, note);
}
