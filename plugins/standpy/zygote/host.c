#include "host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "birth.h"
#include "burial.h"
#include "children.h"
#include "control_socket.h"
#include "pages.h"
#include "sandbox.h"
#include "scratch_reserve.h"
#include "stack_dump.h"

#define STRANGERS_AGAIN 20 /* milliseconds until the next look at strangers that are left */
#define FAILED          3  /* status of the process if the application cannot be loaded */

static void say(int socket, enum application_state state, const char *why)
{
    static struct control_message message;
    message.kind = CONTROL_APPLICATION;
    message.status = (int32_t)state;
    message.text_length = (uint32_t)strnlen(why, CONTROL_TEXT);
    memcpy(message.text, why, message.text_length);
    send(socket, &message, CONTROL_HEAD + message.text_length, MSG_NOSIGNAL);
}

/* Nothing of what the zygote knows of its own children is true here. */
static void part(const struct zygote *zygote, pid_t parent)
{
    prctl(PR_SET_NAME, "standpy-app");
    if (getppid() != parent || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        _exit(1);
    children_forget();
    scratch_reserve_forget();
    stack_dump_adopt();
    zygote->interpreter->after_fork_child();
}

static void load(const struct zygote *zygote, int socket)
{
    char error[CONTROL_TEXT] = "";
    const struct application_config *config = &zygote->application;
    if (!zygote->interpreter->load_application(config, error, sizeof(error))) {
        say(socket, APPLICATION_FAILED, error);
        _exit(FAILED);
    }
    fflush(NULL); /* else each runner would print the buffers once more */
    if (zygote->confined && !sandbox_add(config->folder, config->kept)) {
        say(socket, APPLICATION_FAILED, "the sandbox of the application cannot be prepared");
        _exit(FAILED);
    }
    pages_prepare();
}

/* EOF: the zygote has ended. Its runners go on, as those of the zygote do. */
static void listen_to_zygote(struct zygote *zygote, int socket, uint64_t *generation)
{
    static struct control_message message;
    ssize_t length = recv(socket, &message, sizeof(message), MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0)
        _exit(0);
    if (!control_is_whole(&message, (size_t)length))
        return;
    if (message.kind == CONTROL_HELLO && message.generation != *generation) {
        children_kill(CHILD_RUNNER);
        *generation = message.generation;
    } else if (message.kind == CONTROL_FORK && message.generation == *generation) {
        birth(zygote, *generation);
    } else if (message.kind == CONTROL_END && message.generation == *generation) {
        burial_end(message.process);
    }
}

void host_run(const struct zygote *zygote, pid_t parent, int socket)
{
    struct zygote own = *zygote;
    struct signalfd_siginfo info;
    sigset_t signals;
    uint64_t generation = 0;
    bool strangers_left = false;
    own.pool = POOL_APPLICATION;
    own.process_each = false;
    part(zygote, parent);
    load(zygote, socket);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    struct pollfd sources[] = {
        {.fd = socket, .events = POLLIN},
        {.fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN}};
    say(socket, APPLICATION_READY, "");
    for (;;) {
        if (poll(sources, 2, strangers_left ? STRANGERS_AGAIN : -1) < 0)
            continue;
        while (sources[1].revents && read(sources[1].fd, &info, sizeof(info)) == sizeof(info))
            continue;
        if (sources[1].revents || strangers_left)
            strangers_left = bury(&own, generation);
        if (sources[0].revents)
            listen_to_zygote(&own, socket, &generation);
    }
}
