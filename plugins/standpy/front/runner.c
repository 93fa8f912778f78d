#include "runner.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "captured.h"
#include "contents.h"
#include "descriptors.h"
#include "runner_signal.h"
#include "timeouts.h"

#define BATCH         8 /* messages of one runner in one turn of the loop */
#define LAST_MESSAGES 4 /* that a dead runner may have sent before its end */

static const struct runner_user *user;

static struct runner *of_channel(struct source *source)
{
    return (struct runner *)(void *)((char *)source - offsetof(struct runner, channel));
}

static struct runner *of_death(struct source *source)
{
    return (struct runner *)(void *)((char *)source - offsetof(struct runner, death));
}

void runner_enter(struct runner *runner, enum runner_state state, int64_t due)
{
    assert(runner_may_follow(runner->state, state));
    runner->state = state;
    runner->due = due;
}

static void enter_life(struct runner *runner, enum runner_life life)
{
    assert(runner_life_may_follow(runner->life, life));
    runner->life = life;
}

struct work *runner_let_go(struct runner *runner)
{
    struct work *work = runner->work;
    if (work)
        work->runner = NULL;
    runner->work = NULL;
    return work;
}

/* Channel */

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
    user->result(runner, work, message, &own, file);
    if (message->ready && runner->state == RUNNER_CLEANING)
        user->ready(runner, message, parts->note);
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
    user->keep(runner->work, &list, file);
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
    user->part(runner, work, message, parts);
    if (message->ready && runner->state == RUNNER_CLEANING)
        user->ready(runner, message, parts->note);
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
        user->ready(runner, message, parts->note);
        return NULL;
    case MESSAGE_HEAD:
    case MESSAGE_PIECE:
        return hear_part(runner, message, parts);
    case MESSAGE_LOG:
        user->log(runner, parts->note);
        return NULL;
    case MESSAGE_STACK:
        if (runner->state == RUNNER_DUMPING)
            user->stack(runner, message->complete != 0);
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
        user->broken(runner, wrong);
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
    enter_life(runner, RUNNER_DEAF);
    user->broken(runner, NULL);
}

void runner_hold(struct runner *runner, bool held)
{
    if (runner->is_held == held || runner->life != RUNNER_ALIVE)
        return;
    runner->is_held = held;
    loop_forget(&runner->channel); /* epoll would report its end again and again */
    if (held)
        return;
    runner->channel.ready = channel_ready;
    loop_watch(&runner->channel, EPOLLIN);
}

void runner_hear(struct runner *runner)
{
    for (int i = 0; i < LAST_MESSAGES && runner->state != RUNNER_ENDING; i++) {
        if (hear_one(runner) != HEARD_MESSAGE)
            return;
    }
}

static void death_ready(struct source *source, uint32_t events)
{
    (void)events;
    struct runner *runner = of_death(source);
    loop_forget(source);
    enter_life(runner, RUNNER_DEAD);
    user->died(runner);
}

static uint64_t choose_number(void)
{
    static uint64_t numbers[64];
    static size_t left;
    if (left == 0) {
        if (getrandom(numbers, sizeof(numbers), 0) != sizeof(numbers))
            return numbers[0] += 2; /* never happens: the kernel's generator is ready long since */
        left = sizeof(numbers) / sizeof(*numbers);
    }
    return numbers[--left];
}

/* Adds the contents that the request names; returns how many bytes tell of them. */
static size_t add_contents(struct packet *packet, const struct work *work,
                           struct job_content told[CONTENTS_MOST])
{
    for (size_t i = 0; i < work->content_count; i++) {
        const struct content *content = work->contents[i];
        told[i] = (struct job_content){.length = content->length, .forms = content->forms};
        memcpy(told[i].digest, content->digest, CONTENT_DIGEST);
        packet->descriptors[packet->descriptor_count++] = content->file;
    }
    return work->content_count * sizeof(*told);
}

static bool send_job(struct runner *runner, struct work *work, const struct job *job,
                     int result_file)
{
    struct job_content told[CONTENTS_MOST];
    struct iovec pieces[] = {
        {(void *)(uintptr_t)job, sizeof(*job)},
        {told, 0},
        {work->content_type, work->content_type_length},
        {work->variables, work->variables_length},
        {work->body.data, work->body.data ? (size_t)work->body.length : 0},
    };
    struct packet packet = {.pieces = pieces, .piece_count = sizeof(pieces) / sizeof(*pieces)};
    if (job->body_in_file)
        packet.descriptors[packet.descriptor_count++] = work->body.file;
    pieces[1].iov_len = add_contents(&packet, work, told);
    if (result_file >= 0)
        packet.descriptors[packet.descriptor_count++] = result_file;
    return packet_send(runner->channel.descriptor, &packet, MSG_DONTWAIT);
}

static bool has_last(const struct runner *runner, long jobs)
{
    return runner->most_jobs > 0 && jobs >= runner->most_jobs;
}

bool runner_has_had_last(const struct runner *runner)
{
    return has_last(runner, runner->jobs);
}

/* The wait in the router and here. */
static double waited_ms(const struct work *work)
{
    int64_t here = work->queued_at > 0 ? loop_now() - work->queued_at : 0;
    return work->queue_ms + (double)here / 1e6;
}

bool runner_give(struct runner *runner, struct work *work)
{
    bool new_file = runner->result < 0;
    struct job job = {
        .number = choose_number(),
        .body_length = work->body.length,
        .queue_ms = waited_ms(work),
        .answer_form = (uint32_t)work->answer_form,
        .content_type_length = (uint32_t)work->content_type_length,
        .body_in_file = work->body.file >= 0,
        .new_result_file = new_file,
        .last = has_last(runner, runner->jobs + 1),
        .content_count = (uint32_t)work->content_count,
        .keep_limit = work->keep_limit,
        .variables_length = (uint32_t)work->variables_length,
        .is_trusted = work->is_trusted,
    };
    memcpy(job.request_id, work->request_id, sizeof(job.request_id));
    if (new_file && (runner->result = memory_file("result")) < 0)
        return false;
    if (!send_job(runner, work, &job, new_file ? runner->result : -1))
        return false;
    runner->job = job.number;
    runner->jobs++;
    runner->has_asked = false;
    runner->work = work;
    work->runner = runner;
    memcpy(runner->last_request, work->request_id, sizeof(runner->last_request));
    return true;
}

bool runner_has_begun(const struct runner *runner)
{
    begun_job begun = 0;
    return pread(runner->stack, &begun, sizeof(begun), 0) != sizeof(begun) || begun == runner->job;
}

bool runner_has_decoded(const struct runner *runner)
{
    struct begun begun;
    return pread(runner->stack, &begun, sizeof(begun), 0) == sizeof(begun) &&
           begun.number == runner->job && begun.script[0] != '\0';
}

/* Signals */

void runner_dump(struct runner *runner)
{
    siginfo_t info = {.si_signo = RUNNER_SIGNAL, .si_code = SI_QUEUE};
    info.si_value.sival_int = RUNNER_DUMP;
    captured_reset(runner->stack);
    syscall(SYS_pidfd_send_signal, runner->death.descriptor, RUNNER_SIGNAL, &info, 0);
    syscall(SYS_pidfd_send_signal, runner->death.descriptor, SIGCONT, NULL, 0);
}

static void send_kill(const struct runner *runner)
{
    syscall(SYS_pidfd_send_signal, runner->death.descriptor, SIGKILL, NULL, 0);
}

void runner_stop(const struct runner *runner)
{
    syscall(SYS_pidfd_send_signal, runner->death.descriptor, SIGTERM, NULL, 0);
}

void runner_kill_late(struct runner *runner)
{
    send_kill(runner);
    runner->due = TIMEOUT_NEVER;
}

void runner_kill(struct runner *runner)
{
    send_kill(runner);
    runner_let_go(runner);
    runner_enter(runner, RUNNER_ENDING, TIMEOUT_NEVER);
}

/* Life */

static void close_one(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}

struct runner *runner_make(enum pool pool, int process, struct slice scratch,
                           const int descriptors[BORN_DESCRIPTORS],
                           const struct runner_user *runner_user)
{
    user = runner_user;
    struct runner *runner = calloc(1, sizeof(*runner));
    if (!runner) {
        for (int i = 0; i < BORN_DESCRIPTORS; i++)
            close(descriptors[i]);
        return NULL;
    }
    *runner = (struct runner){
        .pool = pool,
        .channel = {.descriptor = descriptors[BORN_CHANNEL], .ready = channel_ready},
        .death = {.descriptor = descriptors[BORN_PIDFD], .ready = death_ready},
        .process = process,
        .stack = descriptors[BORN_STACK],
        .out = descriptors[BORN_OUT],
        .err = descriptors[BORN_ERR],
        .result = descriptors[BORN_RESULT],
    };
    if (scratch.length < sizeof(runner->scratch))
        memcpy(runner->scratch, scratch.data, scratch.length);
    runner->look = (struct look)LOOK_NOTHING;
    if (pool == POOL_APPLICATION)
        slots_share(&runner->slots, runner->result);
    loop_watch(&runner->channel, EPOLLIN);
    loop_watch(&runner->death, EPOLLIN);
    return runner;
}

void runner_free(struct runner *runner)
{
    loop_forget(&runner->channel);
    loop_forget(&runner->death);
    close(runner->channel.descriptor);
    close(runner->death.descriptor);
    close_one(runner->stack);
    close_one(runner->out);
    close_one(runner->err);
    close_one(runner->result);
    slots_leave(&runner->slots);
    look_close(&runner->look);
    loop_free(runner);
}
