#include "runner.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "captured.h"
#include "contents.h"
#include "descriptors.h"
#include "runner_signal.h"
#include "timeouts.h"

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

void runner_enter_life(struct runner *runner, enum runner_life life)
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

static void death_ready(struct source *source, uint32_t events)
{
    (void)events;
    struct runner *runner = of_death(source);
    loop_forget(source);
    runner_enter_life(runner, RUNNER_DEAD);
    runner->user->died(runner);
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
    ssize_t length = pread(runner->stack, &begun, sizeof(begun), 0);
    if (length == 0)
        return false; /* it has never begun any */
    return length != sizeof(begun) || begun == runner->job;
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
                           const int descriptors[BORN_DESCRIPTORS], const struct runner_user *user)
{
    struct runner *runner = calloc(1, sizeof(*runner));
    if (!runner) {
        for (int i = 0; i < BORN_DESCRIPTORS; i++)
            close(descriptors[i]);
        return NULL;
    }
    *runner = (struct runner){
        .pool = pool,
        .user = user,
        .channel = {.descriptor = descriptors[BORN_CHANNEL]},
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
