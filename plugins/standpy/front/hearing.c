#include "hearing.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contents.h"
#include "descriptors.h"

#define BATCH         8 /* messages of one runner in one turn of the loop */
#define LAST_MESSAGES 4 /* that a dead runner may have sent before its end */

static struct runner *of_channel(struct source *source)
{
    return (struct runner *)(void *)((char *)source - offsetof(struct runner, channel));
}

/* Checks the memory for results, and returns it; -1 if it is not as announced. */
static int take_result_file(struct runner *runner, uint64_t announced)
{
    struct stat status;
    int file = runner->result;
    runner->result = -1;
    if (file < 0)
        return -1;
    memory_file_seal(file); /* fails if it is mapped for writing; the seals then show that */
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= 0 &&
        message_file_fits(announced, (uint64_t)status.st_size, fcntl(file, F_GET_SEALS)))
        return file;
    close(file);
    return -1;
}

static const char *hear_result(struct runner *runner, const struct message *message,
                               const struct message_parts *parts)
{
    if (runner->state == RUNNER_DUMPING)
        return NULL; /* too late: the deadline has passed */
    if (runner->state != RUNNER_BUSY || message->number != runner->job)
        return "sent a result that nobody asked for";
    int file = message->content_in_file ? take_result_file(runner, message->content_length) : -1;
    if (message->content_in_file && file < 0)
        return "sent a result that it can still change, or of another length";
    struct work *work = runner_let_go(runner);
    struct message_parts own = *parts;
    if (message->ready)
        own.note = (struct slice){"", 0}; /* it is about what came after the result */
    runner->user->result(runner, work, message, &own, file);
    if (message->ready && runner->state == RUNNER_CLEANING)
        runner->user->ready(runner, message, parts->note);
    return NULL;
}

/* Lets the runner go on; gives it other memory for its result if that is gone. */
static bool answer_keep(struct runner *runner)
{
    struct keeps keeps = {.number = runner->job};
    struct iovec piece = {&keeps, sizeof(keeps)};
    struct packet packet = {.pieces = &piece, .piece_count = 1};
    if (runner->result < 0) {
        runner->result = memory_file("result");
        if (runner->result < 0)
            return false;
        packet.descriptors[packet.descriptor_count++] = runner->result;
    }
    return packet_send(runner->channel.descriptor, &packet, MSG_DONTWAIT);
}

static const char *hear_keep(struct runner *runner, const struct message *message,
                             const struct message_parts *parts)
{
    struct keep_list list;
    const struct work *work = runner->work;
    if (runner->state == RUNNER_DUMPING)
        return NULL;
    if (runner->state != RUNNER_BUSY || message->number != runner->job || runner->has_asked)
        return "wants to keep inputs that nobody sent";
    const struct keep_bounds bounds = {work->body.length, message->file_length,
                                       work->content_count};
    if (!message_keep_list(parts->content, &bounds, &list))
        return "wants to keep what is not there";
    runner->has_asked = true;
    int file = message->file_length > 0 ? take_result_file(runner, message->file_length) : -1;
    if (message->file_length > 0 && file < 0)
        return "wants to keep what it can still change";
    runner->user->keep(runner->work, &list, file);
    return answer_keep(runner) ? NULL : "got no memory for its result";
}

static const char *take_part(struct runner *runner, const struct message *message,
                             const struct message_parts *parts)
{
    if (runner->state == RUNNER_DUMPING || runner->state == RUNNER_STOPPING)
        return NULL; /* nobody wants it any more */
    if (runner->state != RUNNER_BUSY || message->number != runner->job)
        return "sent an answer that nobody asked for";
    struct work *work = message->end == PAGE_GOES_ON ? runner->work : runner_let_go(runner);
    runner->user->part(runner, work, message, parts);
    if (message->ready && runner->state == RUNNER_CLEANING)
        runner->user->ready(runner, message, parts->note);
    return NULL;
}

static const char *hear_part(struct runner *runner, const struct message *message,
                             const struct message_parts *parts)
{
    struct message_parts own = *parts;
    if (!message->content_in_file)
        return take_part(runner, message, parts);
    if (!runner->slots.shared)
        return "sent a piece that is not there";
    own.content = slots_piece(&runner->slots, (size_t)message->content_length);
    const char *wrong = take_part(runner, message, &own);
    slots_give_back(&runner->slots);
    return wrong;
}

/* Which messages a runner may send. Checked first, so that each function below knows its pool. */
static bool is_of_pool(enum message_kind kind, enum pool pool)
{
    switch (kind) {
    case MESSAGE_RESULT:
    case MESSAGE_KEEP:
        return pool == POOL_SCRIPTS;
    case MESSAGE_HEAD:
    case MESSAGE_PIECE:
    case MESSAGE_LOG:
        return pool == POOL_APPLICATION;
    default:
        return true;
    }
}

static const char *hear_message(struct runner *runner, const struct message *message,
                                const struct message_parts *parts)
{
    if (!is_of_pool((enum message_kind)message->kind, runner->pool))
        return "sent what is not its to send";
    switch ((enum message_kind)message->kind) {
    case MESSAGE_RESULT:
        return hear_result(runner, message, parts);
    case MESSAGE_READY:
        if (runner->state != RUNNER_STARTING && runner->state != RUNNER_CLEANING &&
            runner->state != RUNNER_STOPPING)
            return "said that it is ready although nobody asked";
        runner->user->ready(runner, message, parts->note);
        return NULL;
    case MESSAGE_HEAD:
    case MESSAGE_PIECE:
        return hear_part(runner, message, parts);
    case MESSAGE_LOG:
        runner->user->log(runner, parts->note);
        return NULL;
    case MESSAGE_STACK:
        if (runner->state == RUNNER_DUMPING)
            runner->user->stack(runner, message->complete != 0);
        return NULL; /* in other states the script has sent itself the signal: ignore it */
    case MESSAGE_KEEP:
        return hear_keep(runner, message, parts);
    }
    return "sent something that is not a message";
}

enum heard { HEARD_NOTHING, HEARD_MESSAGE, HEARD_END };

static enum heard hear_one(struct runner *runner)
{
    static char bytes[MESSAGE_CAPACITY];
    struct iovec piece = {bytes, sizeof(bytes)};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1}; /* no room for descriptors */
    ssize_t length = recvmsg(runner->channel.descriptor, &header, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return HEARD_NOTHING;
    if (length <= 0)
        return HEARD_END;
    struct message message;
    struct message_parts parts;
    const char *wrong = "sent something that is not a message";
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
        message_read((struct slice){bytes, (size_t)length}, &message, &parts))
        wrong = hear_message(runner, &message, &parts);
    if (wrong)
        runner->user->broken(runner, wrong);
    return HEARD_MESSAGE;
}

/* Whether the next message is probably there already: a piece of an answer. */
static bool makes_answer(const struct runner *runner)
{
    return runner->pool == POOL_APPLICATION && runner->state == RUNNER_BUSY && !runner->is_held;
}

static void channel_ready(struct source *source, uint32_t events)
{
    (void)events;
    struct runner *runner = of_channel(source);
    if (runner->state == RUNNER_ENDING) {
        loop_forget(source); /* nobody takes its messages any more */
        return;
    }
    enum heard heard = hear_one(runner);
    for (int i = 1; i < BATCH && heard == HEARD_MESSAGE && makes_answer(runner); i++)
        heard = hear_one(runner);
    if (heard != HEARD_END)
        return;
    loop_forget(source); /* epoll would report its end again and again */
    if (runner->life != RUNNER_ALIVE)
        return;
    runner_enter_life(runner, RUNNER_DEAF);
    runner->user->broken(runner, NULL);
}

void hearing_begin(struct runner *runner)
{
    runner->channel.ready = channel_ready;
    loop_watch(&runner->channel, EPOLLIN);
}

void hearing_hold(struct runner *runner, bool held)
{
    if (runner->is_held == held || runner->life != RUNNER_ALIVE)
        return;
    runner->is_held = held;
    loop_forget(&runner->channel); /* epoll would report its end again and again */
    if (held)
        return;
    hearing_begin(runner);
}

void hearing_rest(struct runner *runner)
{
    for (int i = 0; i < LAST_MESSAGES && runner->state != RUNNER_ENDING; i++) {
        if (hear_one(runner) != HEARD_MESSAGE)
            return;
    }
}
