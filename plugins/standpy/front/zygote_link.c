#include "zygote_link.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"
#include "log.h"
#include "loop.h"
#include "states.h"
#include "timeouts.h"

#define PATIENCE INT64_C(5000000000) /* nanoseconds that a fork may take */
#define BATCH    32                  /* messages in one turn of the loop */

static struct {
    const struct zygote_user *user;
    struct source control, death;
    uint64_t generation; /* of this front */
    enum zygote_state state;
    pid_t process;         /* of ZYGOTE_MET and ZYGOTE_READY */
    unsigned asked[POOLS]; /* runners that were asked for and have not come yet */
    bool has_application;  /* it can fork runners of the application */
    bool retires;          /* a successor is ready, so this one forks no more runners */
    bool told;             /* it has been told to retire */
    bool planned;          /* the next one is a successor */
    int64_t asked_at;      /* when the oldest of POOL_SCRIPTS was asked for */
} zygote;

/* The only function that sets its state. */
static void enter(enum zygote_state state)
{
    assert(zygote_may_follow(zygote.state, state));
    zygote.state = state;
}

static bool send_message(const struct control_message *message)
{
    return send(zygote.control.descriptor, message, CONTROL_HEAD + message->text_length,
                MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

static bool say_text(enum control_kind kind, const char *text)
{
    static struct control_message message;
    size_t length = strnlen(text, CONTROL_TEXT);
    message.kind = kind;
    message.process = getpid();
    message.generation = zygote.generation;
    message.text_length = (uint32_t)length;
    memcpy(message.text, text, length);
    return send_message(&message);
}

static bool say(enum control_kind kind)
{
    return say_text(kind, "");
}

void zygote_link_remove(const char *scratch)
{
    if (scratch[0] != '\0')
        say_text(CONTROL_REMOVE, scratch);
}

/* Waits until no runner is on its way: nobody would own a half-made one. */
static void let_retire(void)
{
    if (zygote.retires && !zygote.told && zygote.asked[POOL_SCRIPTS] == 0 &&
        zygote.asked[POOL_APPLICATION] == 0)
        zygote.told = say(CONTROL_RETIRE);
}

bool zygote_link_try(const char *module)
{
    return zygote.state == ZYGOTE_READY && !zygote.retires && say_text(CONTROL_TRY, module);
}

bool zygote_link_fork(enum pool pool)
{
    const struct control_message message = {
        .kind = CONTROL_FORK, .process = getpid(), .generation = zygote.generation, .pool = pool};
    if (zygote.state != ZYGOTE_READY || zygote.retires ||
        (pool == POOL_APPLICATION && !zygote.has_application) || !send_message(&message))
        return false;
    if (zygote.asked[pool]++ == 0 && pool == POOL_SCRIPTS)
        zygote.asked_at = loop_now();
    return true;
}

bool zygote_link_end(int process)
{
    const struct control_message message = {
        .kind = CONTROL_END, .process = process, .generation = zygote.generation};
    return zygote.state == ZYGOTE_READY && send_message(&message);
}

bool zygote_link_is_ready(void)
{
    return zygote.state == ZYGOTE_READY;
}

int zygote_link_process(void)
{
    return zygote.state == ZYGOTE_UNKNOWN ? 0 : zygote.process;
}

static void note_answer(enum pool pool)
{
    if (zygote.asked[pool] > 0)
        zygote.asked[pool]--;
    if (pool == POOL_SCRIPTS)
        zygote.asked_at = loop_now();
    let_retire();
}

static void forget_zygote(void)
{
    if (zygote.death.descriptor >= 0) {
        loop_forget(&zygote.death);
        close(zygote.death.descriptor);
    }
    zygote.death.descriptor = -1;
    zygote.asked[POOL_SCRIPTS] = zygote.asked[POOL_APPLICATION] = 0;
    zygote.retires = zygote.told = zygote.has_application = false;
    enter(ZYGOTE_UNKNOWN);
}

static void zygote_died(struct source *source, uint32_t events)
{
    (void)source;
    (void)events;
    zygote.planned = zygote.told;
    if (!zygote.told)
        log_line("the zygote is gone; running scripts go on, and the master starts another zygote");
    forget_zygote();
}

static void watch_death(pid_t process)
{
    int descriptor = (int)syscall(SYS_pidfd_open, process, 0);
    zygote.death = (struct source){.descriptor = descriptor, .ready = zygote_died};
    if (descriptor >= 0)
        loop_watch(&zygote.death, EPOLLIN);
}

static void hear_hello(const struct control_message *message)
{
    if (zygote.state == ZYGOTE_UNKNOWN || message->process != zygote.process) {
        forget_zygote();
        enter(ZYGOTE_MET);
        zygote.process = message->process;
        watch_death(zygote.process);
    }
    if (message->generation != zygote.generation) {
        say(CONTROL_HELLO); /* it has just started, and knows no front */
        return;
    }
    if (zygote.state == ZYGOTE_READY)
        return;
    enter(ZYGOTE_READY);
    zygote.user->ready((struct slice){message->text, message->text_length}, zygote.planned);
    zygote.planned = false;
}

/* True if the user owns the descriptors now. */
static bool hear_birth(const struct control_message *message, const struct packet *packet)
{
    if (packet->descriptor_count != BORN_DESCRIPTORS)
        return false;
    note_answer((enum pool)message->pool);
    zygote.user->born((enum pool)message->pool, message->process,
                      (struct slice){message->text, message->text_length}, packet->descriptors);
    return true;
}

static void hear_end(const struct control_message *message)
{
    if (message->process != 0) {
        zygote.user->gone(message->process, message->status, message->strangers);
        return;
    }
    note_answer((enum pool)message->pool);
    zygote.user->not_born((enum pool)message->pool);
}

/* The master repeats this until the zygote has retired. */
static void hear_of_successor(void)
{
    if (zygote.state != ZYGOTE_READY)
        return;
    zygote.retires = true;
    let_retire();
}

static void hear_verdict(const struct control_message *message)
{
    struct slice text = {message->text, message->text_length}, name = text;
    const char *line = memchr(text.data, '\n', text.length);
    if (line)
        name.length = (size_t)(line - text.data);
    size_t behind = line ? name.length + 1 : text.length;
    struct slice why = {text.data + behind, text.length - behind};
    zygote.user->tried(name, (enum trial_result)message->status, why);
}

/* Runners of the application that were asked for do not come from a process that is gone. */
static void hear_of_application(const struct control_message *message)
{
    enum application_state state = (enum application_state)message->status;
    if (zygote.state != ZYGOTE_READY)
        return;
    if (state == APPLICATION_GONE)
        zygote.asked[POOL_APPLICATION] = 0;
    zygote.has_application = state == APPLICATION_READY;
    zygote.user->application(state, (struct slice){message->text, message->text_length});
    let_retire();
}

static void hear(const struct control_message *message, struct packet *packet)
{
    bool own = message->generation == zygote.generation;
    bool taken = false;
    switch ((enum control_kind)message->kind) {
    case CONTROL_HELLO:
        hear_hello(message);
        break;
    case CONTROL_FAILED:
        log_line("the zygote cannot start: %.*s", (int)message->text_length, message->text);
        break;
    case CONTROL_BORN:
        taken = own && hear_birth(message, packet);
        break;
    case CONTROL_GONE:
        if (own)
            hear_end(message);
        break;
    case CONTROL_STOPPED:
        if (own)
            zygote.user->stopped(message->process);
        break;
    case CONTROL_TRIED:
        if (own)
            hear_verdict(message);
        break;
    case CONTROL_APPLICATION:
        if (own)
            hear_of_application(message);
        break;
    case CONTROL_SUCCESSOR:
        hear_of_successor();
        break;
    case CONTROL_FORK:
    case CONTROL_END:
    case CONTROL_REMOVE:
    case CONTROL_TRY:
    case CONTROL_RETIRE:
        break; /* only a front sends these */
    }
    if (!taken)
        packet_close_descriptors(packet);
}

static void control_ready(struct source *source, uint32_t events)
{
    (void)events;
    static struct control_message message;
    for (int i = 0; i < BATCH; i++) {
        struct iovec piece = {&message, sizeof(message)};
        struct packet packet = {.pieces = &piece, .piece_count = 1};
        ssize_t length = packet_receive(source->descriptor, &packet, MSG_DONTWAIT);
        if (length < 0)
            return;
        if (control_is_whole(&message, (size_t)length))
            hear(&message, &packet);
        else
            packet_close_descriptors(&packet);
    }
}

static uint64_t choose_generation(void)
{
    uint64_t number = 0;
    while (number == 0) {
        if (getrandom(&number, sizeof(number), 0) != sizeof(number))
            number = (uint64_t)getpid();
    }
    return number;
}

bool zygote_link_start(int control, const struct zygote_user *user)
{
    zygote.user = user;
    zygote.generation = choose_generation();
    zygote.control = (struct source){.descriptor = control, .ready = control_ready};
    zygote.death.descriptor = -1;
    return loop_watch(&zygote.control, EPOLLIN) && say(CONTROL_HELLO);
}

int64_t zygote_link_next_timeout(void)
{
    return zygote.asked[POOL_SCRIPTS] > 0 ? zygote.asked_at + PATIENCE : TIMEOUT_NEVER;
}

void zygote_link_pass_time(void)
{
    if (zygote.asked[POOL_SCRIPTS] == 0 || loop_now() < zygote.asked_at + PATIENCE)
        return;
    log_line("the zygote does not answer, it is ended");
    if (zygote.state != ZYGOTE_UNKNOWN)
        kill(zygote.process, SIGKILL);
    zygote.asked[POOL_SCRIPTS] = 0;
}
