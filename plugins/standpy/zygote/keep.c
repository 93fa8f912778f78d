#include "keep.h"

#include <errno.h>
#include <nettle/base64.h>
#include <unistd.h>

#include "ending.h"
#include "reply.h"

#define PIECE 65536 /* characters that are decoded at once */

/* Entries whose bytes are not in the body as such go to the memory for results. */
struct collected {
    struct runner *runner;
    const struct order *order;
    struct keep_list list;
    uint64_t file_length;
};

static enum content_form form_of(const struct input *input)
{
    if (input->type == INPUT_FILE)
        return CONTENT_FILE;
    if (input->type == INPUT_OBJECT)
        return CONTENT_PICKLE;
    return input->table_format == TABLE_ARROW ? CONTENT_ARROW
           : input->table_format == TABLE_CSV ? CONTENT_CSV
                                              : CONTENT_DATARESOURCE;
}

static bool write_bytes(struct collected *collected, uint64_t at, const void *bytes, size_t length)
{
    const char *from = bytes;
    while (length > 0) {
        ssize_t written = pwrite(collected->runner->files.result, from, length, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        from += written;
        at += (uint64_t)written;
        length -= (size_t)written;
    }
    return true;
}

/* If it is not base64, decoding the input says so; then there is nothing to keep. */
static bool write_decoded(struct collected *collected, struct slice text, uint64_t *length)
{
    static uint8_t decoded[BASE64_DECODE_LENGTH(PIECE)];
    struct base64_decode_ctx context;
    base64_decode_init(&context);
    *length = 0;
    while (text.length > 0) {
        size_t piece = text.length < PIECE ? text.length : PIECE, count = sizeof(decoded);
        if (!base64_decode_update(&context, &count, decoded, piece, text.data) ||
            !write_bytes(collected, collected->file_length + *length, decoded, count))
            return false;
        *length += count;
        text = (struct slice){text.data + piece, text.length - piece};
    }
    return base64_decode_final(&context) != 0;
}

static bool is_in_body(const struct body *body, struct slice content)
{
    return content.data >= body->data && content.data + content.length <= body->data + body->length;
}

/* False if it cannot be kept. */
static bool find_bytes(struct collected *collected, const struct execution_request *request,
                       const struct input *input, struct keep_entry *entry)
{
    const struct body *body = &collected->order->body;
    struct slice content = input->content;
    if (input->reference) {
        *entry = (struct keep_entry){.at = (uint64_t)(input->reference - request->contents),
                                     .length = input->reference->length,
                                     .source = KEEP_KNOWN};
        return true;
    }
    if (!input->base64 && is_in_body(body, content)) {
        *entry = (struct keep_entry){.at = (uint64_t)(content.data - body->data),
                                     .length = content.length,
                                     .source = KEEP_BODY};
        return true;
    }
    *entry = (struct keep_entry){
        .at = collected->file_length, .length = content.length, .source = KEEP_FILE};
    if (input->base64 ? content.length / 4 > collected->order->job.keep_limit / 3 + 1
                      : content.length > collected->order->job.keep_limit)
        return false; /* do not even write it */
    return input->base64
               ? write_decoded(collected, content, &entry->length)
               : write_bytes(collected, collected->file_length, content.data, content.length);
}

static void collect(struct collected *collected, const struct execution_request *request)
{
    for (size_t i = 0; i < request->keep_count; i++) {
        const struct input *input = &request->inputs[request->keep[i]];
        struct keep_entry entry;
        if (!find_bytes(collected, request, input, &entry) ||
            entry.length > collected->order->job.keep_limit)
            continue;
        entry.form = form_of(input);
        if (entry.source == KEEP_FILE)
            collected->file_length += entry.length;
        collected->list.entries[collected->list.count++] = entry;
    }
}

/* The front says that it has heard, and gives back what it took. */
static void await(struct runner *runner)
{
    struct keeps keeps;
    struct iovec piece = {&keeps, sizeof(keeps)};
    struct packet packet = {.pieces = &piece, .piece_count = 1};
    ssize_t got;
    do
        got = packet_receive(runner->files.channel, &packet, 0);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        _exit(0); /* the front is gone */
    if (got != sizeof(keeps))
        wait_for_the_end();
    if (packet.descriptor_count > 0)
        runner_files_replace_result(&runner->files, packet.descriptors[0]);
}

void keep_inputs(struct runner *runner, const struct order *order,
                 const struct execution_request *request)
{
    struct collected collected = {.runner = runner, .order = order};
    if (request->keep_count == 0 || order->job.keep_limit == 0)
        return;
    collect(&collected, request);
    if (ftruncate(runner->files.result, (off_t)collected.file_length) != 0)
        wait_for_the_end(); /* cannot happen to a new file of our own */
    if (collected.list.count == 0)
        return;
    reply_keep(runner->files.channel, order->job.number, &collected.list, collected.file_length);
    await(runner);
}
