#include "reply.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "ending.h"

#define HEAD_PIECES    4  /* the head, the content type, the note, the imports */
#define CONTENT_PIECES 16 /* more are joined, because each costs the kernel some time */

static void *bytes_of(struct slice slice)
{
    return (void *)(uintptr_t)slice.data; /* sendmsg(2) and pwritev(2) only read */
}

static struct iovec vector_of(struct slice slice)
{
    return (struct iovec){bytes_of(slice), slice.length};
}

struct slice reply_note(struct slice note)
{
    size_t cut = note.length > MESSAGE_NOTE ? note.length - MESSAGE_NOTE : 0;
    return (struct slice){note.length > 0 ? note.data + cut : "", note.length - cut};
}

static void send_pieces(int channel, struct iovec *pieces, size_t count)
{
    const struct packet packet = {.pieces = pieces, .piece_count = count};
    if (packet_send(channel, &packet, 0))
        return;
    if (errno == EPIPE || errno == ECONNRESET)
        _exit(0);       /* the front is gone */
    wait_for_the_end(); /* the script closed the channel, and the front sees that */
}

void reply_ready(int channel, struct message *message, struct slice note)
{
    note = reply_note(note);
    message->kind = MESSAGE_READY;
    message->main_thread = (uint64_t)pthread_self();
    message->note_length = (uint32_t)note.length;
    struct iovec pieces[] = {{message, sizeof(*message)}, vector_of(note)};
    send_pieces(channel, pieces, 2);
}

void reply_keep(int channel, uint64_t job, const struct keep_list *list, uint64_t file_length)
{
    struct message head = {
        .kind = MESSAGE_KEEP,
        .number = job,
        .content_length = list->count * sizeof(*list->entries),
        .file_length = file_length,
    };
    struct iovec pieces[] = {{&head, sizeof(head)},
                             {(void *)(uintptr_t)list->entries, (size_t)head.content_length}};
    send_pieces(channel, pieces, 2);
}

void reply_part(int channel, const struct message *message, struct slice note, struct slice fields,
                struct slice content)
{
    struct iovec pieces[] = {{(void *)(uintptr_t)message, sizeof(*message)},
                             vector_of(note),
                             vector_of(fields),
                             vector_of(content)};
    send_pieces(channel, pieces, 4);
}

static uint64_t length_of(const struct reply *reply)
{
    uint64_t length = 0;
    for (size_t i = 0; i < reply->piece_count; i++)
        length += reply->pieces[i].length;
    return length;
}

static struct slice join(const struct reply *reply)
{
    static char joined[MESSAGE_INLINE];
    size_t length = 0;
    for (size_t i = 0; i < reply->piece_count; i++) {
        memcpy(joined + length, reply->pieces[i].data, reply->pieces[i].length);
        length += reply->pieces[i].length;
    }
    return (struct slice){joined, length};
}

/* Writing to the memory file */

/* Takes what was written off the front of the vectors. */
static void advance(struct iovec **vectors, size_t *count, size_t written)
{
    while (*count > 0 && written >= (*vectors)->iov_len) {
        written -= (*vectors)->iov_len;
        (*vectors)++;
        (*count)--;
    }
    if (written > 0) {
        (*vectors)->iov_base = (char *)(*vectors)->iov_base + written;
        (*vectors)->iov_len -= written;
    }
}

static bool write_vectors(int file, struct iovec *vectors, size_t count)
{
    off_t at = 0;
    advance(&vectors, &count, 0); /* skips empty ones */
    while (count > 0) {
        ssize_t written = pwritev(file, vectors, count < IOV_MAX ? (int)count : IOV_MAX, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        advance(&vectors, &count, (size_t)written);
    }
    return true;
}

/* Writes without a mapping, because the front cannot seal a file that is mapped for writing. */
static bool write_content(int file, const struct reply *reply, uint64_t length)
{
    struct iovec *vectors = calloc(reply->piece_count, sizeof(*vectors));
    if (!vectors)
        return false;
    for (size_t i = 0; i < reply->piece_count; i++)
        vectors[i] = vector_of(reply->pieces[i]);
    bool written =
        ftruncate(file, (off_t)length) == 0 && write_vectors(file, vectors, reply->piece_count);
    free(vectors);
    if (!written && errno != ENOMEM && errno != ENOSPC && errno != EFBIG)
        _exit(1); /* the script has closed or sealed it */
    return written;
}

/* Sending */

/* Adds the content as vectors; returns how many. */
static size_t add_content(struct iovec *vectors, const struct reply *reply)
{
    if (reply->piece_count > CONTENT_PIECES) {
        vectors[0] = vector_of(join(reply));
        return 1;
    }
    for (size_t i = 0; i < reply->piece_count; i++)
        vectors[i] = vector_of(reply->pieces[i]);
    return reply->piece_count;
}

static void send_message(int channel, const struct reply *reply, struct message *head)
{
    struct slice note = reply_note(reply->note), type = slice_of(reply->content_type);
    head->kind = MESSAGE_RESULT;
    head->number = reply->number;
    head->status = (uint32_t)reply->status;
    head->content_type_length = (uint32_t)type.length;
    head->note_length = (uint32_t)note.length;
    head->script = reply->script;
    head->imports_length = reply->imports.length;
    struct iovec vectors[HEAD_PIECES + CONTENT_PIECES] = {
        {head, sizeof(*head)}, vector_of(type), vector_of(note), vector_of(reply->imports)};
    size_t count = HEAD_PIECES;
    if (!head->content_in_file)
        count += add_content(vectors + HEAD_PIECES, reply);
    send_pieces(channel, vectors, count);
}

bool reply_send(struct runner_files *files, const struct reply *reply)
{
    uint64_t length = length_of(reply);
    bool in_file = length > MESSAGE_INLINE;
    if (in_file && !write_content(files->result, reply, length))
        return false;
    files->result_sent = files->result_sent || in_file;
    struct message head = {
        .content_length = length, .content_in_file = in_file, .processes = reply->processes};
    send_message(files->channel, reply, &head);
    return true;
}

void reply_send_ready(const struct runner_files *files, const struct reply *reply,
                      const struct message *ready)
{
    struct message head = *ready;
    head.content_length = length_of(reply);
    head.main_thread = (uint64_t)pthread_self();
    head.ready = 1;
    send_message(files->channel, reply, &head);
}
