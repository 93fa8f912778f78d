#include "job.h"

#include <stddef.h>
#include <unistd.h>

#include "cleanup.h"
#include "digest.h"
#include "ending.h"
#include "job_answer.h"
#include "keep.h"
#include "order.h"
#include "processes.h"

#define OUTPUT_LOST "[the output of the script was lost]\n"

/*
 * The runner ends with this job and so would its processes, but the answer may be out before the
 * zygote has seen to them, and the next script would find them running.
 */
static void end_processes(struct runner *runner)
{
    if (processes_any_child())
        runner->processes = (uint32_t)processes_end_children();
}

static void run(struct runner *runner, struct order *order, const struct execution_request *request,
                struct execution_result *result)
{
    struct report_context context = {.request_id = order->job.request_id,
                                     .queue_ms = order->job.queue_ms};
    bool may_wait = job_answer_may_wait(runner, order, request);
    bool ran = runner->interpreter->execute(request, &order->body, result);
    if (getpid() != runner->process)
        _exit(0); /* a child of the script that came back from it like its parent */
    if (runner->process_each || order->job.last)
        end_processes(runner);
    if (result->reaches)
        runner->imports_length = runner->interpreter->imports(runner->imports);
    if (!capture_take(&runner->capture, &context.out, &context.err))
        context.err = slice_of(OUTPUT_LOST);
    if (ran)
        job_answer_result(runner, order, result, &context, may_wait);
    else
        job_answer_problem(runner, order, PROBLEM_INTERNAL, "out of memory");
}

void job_say_begun(const struct runner *runner, begun_job number)
{
    const struct begun begun = {.number = number};
    const off_t behind = sizeof(begun);
    int stack = runner->files.stack;
    if (lseek(stack, 0, SEEK_END) > behind && ftruncate(stack, behind) != 0)
        _exit(1);
    if (pwrite(stack, &begun, sizeof(begun), 0) != behind || lseek(stack, behind, SEEK_SET) < 0)
        _exit(1);
}

static void say_which(struct runner *runner, struct slice script)
{
    char digits[SCRIPT_DIGEST];
    digest_of(script, digits);
    runner->script = digest_number(digits);
    if (pwrite(runner->files.stack, digits, sizeof(digits), offsetof(struct begun, script)) < 0)
        return; /* if it dies, the log cannot name it */
}

void job_run(struct runner *runner, struct slice message, struct packet *packet)
{
    struct message ready = {0};
    struct order order = {.body = {.file = -1}};
    struct execution_request request;
    struct execution_result result = {0};
    struct decode_error error = {0};
    runner->script = 0;
    runner->imports_length = 0;
    order_take(&order, runner, message, packet);
    job_say_begun(runner, order.job.number);
    execution_request_init(&request);
    bool decoded = order_decode(&order, &request, &error);
    if (decoded) {
        keep_inputs(runner, &order, &request);
        say_which(runner, request.script); /* from here on the front may drop the body */
    }
    if (decoded)
        run(runner, &order, &request, &result);
    else
        job_answer_refusal(runner, &order, &error);
    if (runner->process_each || order.job.last)
        wait_for_the_end();
    if (decoded)
        cleanup_run(runner, &result, &ready);
    body_close(&order.body);
    execution_request_finish(&request);
    ready.keeps_much = !memory_settle(&runner->memory, runner->results);
    job_answer_ready(runner, &ready, cleanup_late_output(runner));
}
