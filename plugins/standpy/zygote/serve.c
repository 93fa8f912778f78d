#include "serve.h"

#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "job.h"
#include "order.h"
#include "reply.h"
#include "slots.h"

/* An answer that is all there goes with the message that the runner is ready, because one message
 * for both is cheaper. Nothing of the application runs in between. */
#define SMALL_ANSWER 8192 /* bytes of fields and content */

struct serving {
    const struct runner *runner;
    uint64_t number; /* of the job */
    bool is_kept;    /* the answer waits for that */
    struct message kept;
    char text[SMALL_ANSWER]; /* its fields, then its content */
};

/* Bytes of a piece that are worth the work of a slot. */
#define LARGE_PIECE 8192

static struct message message_of(const struct serving *serving, const struct page_part *part)
{
    return (struct message){
        .kind = part->is_head ? MESSAGE_HEAD : MESSAGE_PIECE,
        .number = serving->number,
        .status = (uint32_t)part->status,
        .end = part->end,
        .fields_length = (uint32_t)part->fields.length,
        .content_length = part->content.length,
    };
}

static void keep(struct serving *serving, const struct page_part *part)
{
    serving->is_kept = true;
    serving->kept = message_of(serving, part);
    char *at = mempcpy(serving->text, part->fields.data, part->fields.length);
    memcpy(at, part->content.data, part->content.length);
}

static struct slots slots;

static bool join(const struct runner *runner)
{
    static bool tried;
    if (tried)
        return false;
    tried = true;
    return slots_join(&slots, runner->files.result);
}

static void send_part(void *context, const struct page_part *part)
{
    struct serving *serving = context;
    if (getpid() != serving->runner->process)
        _exit(0); /* a child of the application that came back from it like its parent */
    if (part->is_head && part->is_last &&
        part->fields.length + part->content.length <= sizeof(serving->text)) {
        keep(serving, part);
        return;
    }
    struct message message = message_of(serving, part);
    struct slice content = part->content;
    if (content.length >= LARGE_PIECE && (slots.shared || join(serving->runner))) {
        memcpy(slots_wait(&slots), content.data, content.length);
        slots_fill(&slots);
        message.content_in_file = 1;
        content = (struct slice){"", 0};
    }
    reply_part(serving->runner->files.channel, &message, (struct slice){"", 0}, part->fields,
               content);
}

static void send_log(void *context, struct slice text)
{
    const struct serving *serving = context;
    const struct message message = {.kind = MESSAGE_LOG, .note_length = (uint32_t)text.length};
    reply_part(serving->runner->files.channel, &message, text, (struct slice){"", 0},
               (struct slice){"", 0});
}

static void say_ready(struct runner *runner, struct serving *serving, struct message *ready)
{
    struct slice note = cleanup_late_output(runner);
    if (!serving->is_kept) {
        reply_ready(runner->files.channel, ready, note);
        return;
    }
    struct message *kept = &serving->kept;
    note = reply_note(note);
    kept->ready = true;
    kept->note_length = (uint32_t)note.length;
    kept->keeps_much = ready->keeps_much;
    reply_part(runner->files.channel, kept, note,
               (struct slice){serving->text, kept->fields_length},
               (struct slice){serving->text + kept->fields_length, (size_t)kept->content_length});
}

void serve_run(struct runner *runner, struct slice message, struct packet *packet)
{
    struct message ready = {0};
    struct order order = {.body = {.file = -1}};
    order_take(&order, runner, message, packet);
    job_say_begun(runner, order.job.number);
    static struct serving serving;
    serving.runner = runner;
    serving.number = order.job.number;
    serving.is_kept = false;
    const struct page_sender sender = {.context = &serving, .part = send_part, .log = send_log};
    const struct page_request request = {
        .variables = order.variables,
        .body = &order.body,
        .is_trusted = order.job.is_trusted,
        .request_id = order.job.request_id,
    };
    runner->interpreter->serve(&request, &sender);
    if (getpid() != runner->process)
        _exit(0);
    body_close(&order.body);
    ready.keeps_much = !memory_settle(&runner->memory, false);
    say_ready(runner, &serving, &ready);
}
