#include "serve.h"

#include <unistd.h>

#include "cleanup.h"
#include "job.h"
#include "order.h"
#include "reply.h"

struct serving {
    const struct runner *runner;
    uint64_t number; /* of the job */
};

static void send_part(void *context, const struct page_part *part)
{
    const struct serving *serving = context;
    struct message message = {
        .kind = part->is_head ? MESSAGE_HEAD : MESSAGE_PIECE,
        .number = serving->number,
        .status = (uint32_t)part->status,
        .end = part->end,
        .fields_length = (uint32_t)part->fields.length,
        .content_length = part->content.length,
    };
    if (getpid() != serving->runner->process)
        _exit(0); /* a child of the application that came back from it like its parent */
    reply_part(serving->runner->files.channel, &message, part->fields, part->content);
}

static void send_log(void *context, struct slice text)
{
    const struct serving *serving = context;
    struct message message = {.kind = MESSAGE_LOG, .note_length = (uint32_t)text.length};
    reply_part(serving->runner->files.channel, &message, text, (struct slice){"", 0});
}

void serve_run(struct runner *runner, struct slice message, struct packet *packet)
{
    struct message ready = {0};
    struct order order = {.body = {.file = -1}};
    order_take(&order, runner, message, packet);
    job_say_begun(runner, order.job.number);
    struct serving serving = {.runner = runner, .number = order.job.number};
    const struct page_sender sender = {.context = &serving, .part = send_part, .log = send_log};
    const struct page_request request = {
        .variables = order.variables,
        .body = &order.body,
        .is_trusted = order.job.is_trusted,
        .is_guarded = order.job.is_guarded,
        .request_id = order.job.request_id,
    };
    runner->interpreter->serve(&request, &sender);
    if (getpid() != runner->process)
        _exit(0);
    body_close(&order.body);
    ready.keeps_much = !memory_settle(&runner->memory, false);
    reply_ready(runner->files.channel, &ready, cleanup_late_output(runner));
}
