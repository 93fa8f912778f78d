#include "service.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "application.h"
#include "birth.h"
#include "burial.h"
#include "children.h"
#include "control_socket.h"
#include "trial.h"

#define STRANGERS_AGAIN 20 /* milliseconds until the next look at strangers that are left */
#define LAST_SECONDS    1  /* for the end, whatever is still left to remove */

enum source { FROM_FRONT, FROM_SIGNALS, FROM_FRONTS_END, FROM_APPLICATION, SOURCES };

static struct {
    struct pollfd sources[SOURCES];
    uint64_t generation; /* of the front; 0: no front has come yet */
} loop;

static void watch(enum source source, int descriptor)
{
    loop.sources[source] = (struct pollfd){.fd = descriptor, .events = POLLIN};
}

static void say_hello(const struct zygote *zygote, uint64_t generation)
{
    static struct control_message hello;
    hello.kind = CONTROL_HELLO;
    hello.process = getpid();
    hello.generation = generation;
    hello.text_length = (uint32_t)snprintf(hello.text, CONTROL_TEXT, "%s", zygote->imported);
    if (hello.text_length >= CONTROL_TEXT)
        hello.text_length = CONTROL_TEXT - 1;
    control_send(&hello, NULL, 0);
}

/* Runners never outlive the front whose requests they have. */
static void let_front_go(void)
{
    children_kill(CHILD_RUNNER);
    children_kill(CHILD_TRIAL);
    if (loop.sources[FROM_FRONTS_END].fd >= 0)
        close(loop.sources[FROM_FRONTS_END].fd);
    watch(FROM_FRONTS_END, -1); /* poll(2) ignores it */
}

static void meet_front(struct zygote *zygote, const struct control_message *hello)
{
    if (hello->generation != loop.generation) {
        let_front_go();
        bury_unknown(zygote);
        loop.generation = hello->generation;
        watch(FROM_FRONTS_END, (int)syscall(SYS_pidfd_open, hello->process, 0));
    }
    application_pass_on(hello);
    say_hello(zygote, loop.generation);
    if (zygote->application.name)
        application_tell(loop.generation);
}

__attribute__((noreturn)) static void end(struct zygote *zygote)
{
    /* Nobody who waits for this end should wait for a folder with a million files. */
    sigset_t overdue;
    sigemptyset(&overdue);
    sigaddset(&overdue, SIGALRM);
    signal(SIGALRM, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &overdue, NULL);
    alarm(LAST_SECONDS);
    bury_all(zygote);
    _exit(0);
}

/* Runners go on as children of the master; another zygote forks the next ones. */
__attribute__((noreturn)) static void retire(void)
{
    /* The socket's end tells the process of the application. */
    children_kill(CHILD_TRIAL);
    _exit(0);
}

static void bear(struct zygote *zygote, const struct control_message *order)
{
    if (order->pool == POOL_SCRIPTS)
        birth(zygote, loop.generation);
    else
        application_pass_on(order);
}

static void end_runner(const struct control_message *order)
{
    if (children_know(order->process))
        burial_end(order->process);
    else
        application_pass_on(order);
}

static void listen_to_front(struct zygote *zygote)
{
    static struct control_message message;
    enum control_receipt receipt = control_receive(&message);
    if (receipt == CONTROL_CLOSED)
        end(zygote); /* the master held the other end, too, so it is gone */
    if (receipt != CONTROL_MESSAGE)
        return;
    switch ((enum control_kind)message.kind) {
    case CONTROL_HELLO:
        meet_front(zygote, &message);
        break;
    case CONTROL_FORK:
        if (message.generation == loop.generation && loop.generation != 0)
            bear(zygote, &message);
        break;
    case CONTROL_END:
        if (message.generation == loop.generation && loop.generation != 0)
            end_runner(&message);
        break;
    case CONTROL_REMOVE:
        bury_folder(zygote, (struct slice){message.text, message.text_length});
        break;
    case CONTROL_TRY:
        if (message.generation == loop.generation && loop.generation != 0)
            trial_begin(zygote, (struct slice){message.text, message.text_length}, loop.generation);
        break;
    case CONTROL_RETIRE:
        if (message.generation == loop.generation && loop.generation != 0)
            retire();
        break;
    default:
        zygote_log("the front sent a message of kind %u", message.kind);
        break;
    }
}

/* Only SIGTERM matters here: bury asks for itself what became of children. */
static void take_signals(struct zygote *zygote)
{
    struct signalfd_siginfo info;
    while (read(loop.sources[FROM_SIGNALS].fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGTERM)
            end(zygote);
    }
}

static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int next_timeout(void)
{
    int trial = trial_timeout(), application = application_timeout();
    if (trial < 0 || application < 0)
        return trial < 0 ? application : trial;
    return trial < application ? trial : application;
}

void service_run(struct zygote *zygote)
{
    bool strangers_left = true; /* a child may have ended before its signal was watched */
    watch(FROM_FRONT, CONTROL_SOCKET);
    watch(FROM_SIGNALS, open_signals());
    watch(FROM_FRONTS_END, -1);
    say_hello(zygote, 0); /* ready for any front */
    for (;;) {
        watch(FROM_APPLICATION, application_socket());
        if (poll(loop.sources, SOURCES, strangers_left ? STRANGERS_AGAIN : next_timeout()) < 0)
            continue;
        trial_pass_time();
        application_pass_time(zygote, loop.generation);
        bool changed = loop.sources[FROM_SIGNALS].revents != 0;
        if (changed)
            take_signals(zygote);
        if (loop.sources[FROM_FRONTS_END].revents)
            let_front_go();
        if (changed || strangers_left)
            strangers_left = bury(zygote, loop.generation);
        if (loop.sources[FROM_APPLICATION].revents &&
            loop.sources[FROM_APPLICATION].fd == application_socket())
            application_hear(loop.generation);
        if (loop.sources[FROM_FRONT].revents)
            listen_to_front(zygote);
    }
}
