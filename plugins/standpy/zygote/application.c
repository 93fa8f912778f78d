#include "application.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "burial.h"
#include "children.h"
#include "control_socket.h"
#include "host.h"
#include "monotonic.h"

#define FIRST_PAUSE   100 /* milliseconds before the next one starts */
#define LONGEST_PAUSE 60000

static struct {
    pid_t process; /* 0: there is none */
    int socket;    /* -1: likewise */
    enum application_state state;
    int pause;       /* milliseconds before the next start */
    int64_t next_at; /* milliseconds; 0: no start is due */
    char why[CONTROL_TEXT];
} application = {.socket = -1, .pause = FIRST_PAUSE};

static void take_verdict(const struct control_message *verdict)
{
    size_t length = verdict->text_length < CONTROL_TEXT ? verdict->text_length : CONTROL_TEXT - 1;
    application.state = (enum application_state)verdict->status;
    memcpy(application.why, verdict->text, length);
    application.why[length] = '\0';
    if (application.state == APPLICATION_READY)
        application.pause = FIRST_PAUSE;
}

/* False if there is none (yet). */
static bool receive(int flags)
{
    static struct control_message message;
    ssize_t length;
    do
        length = recv(application.socket, &message, sizeof(message), flags);
    while (length < 0 && errno == EINTR);
    if (length <= 0 || !control_is_whole(&message, (size_t)length) ||
        message.kind != CONTROL_APPLICATION)
        return false;
    take_verdict(&message);
    return true;
}

bool application_wait(char *error, size_t capacity)
{
    bool heard = application.socket >= 0 && receive(0);
    if (heard && application.state == APPLICATION_READY)
        return true;
    snprintf(error, capacity, "%s",
             heard ? application.why : "WSGI_APP: loading the application ends its process");
    return false;
}

int application_socket(void)
{
    return application.socket;
}

static void leave_socket(void)
{
    if (application.socket >= 0)
        close(application.socket);
    application.socket = -1;
}

void application_hear(uint64_t generation)
{
    if (receive(MSG_DONTWAIT))
        application_tell(generation);
    else
        leave_socket(); /* it has ended, and burial.c will see that */
}

void application_tell(uint64_t generation)
{
    struct control_message message = {.kind = CONTROL_APPLICATION, .generation = generation};
    message.status = (int32_t)application.state;
    if (application.state == APPLICATION_FAILED) {
        message.text_length = (uint32_t)strlen(application.why);
        memcpy(message.text, application.why, message.text_length);
    }
    if (generation != 0)
        control_send(&message, NULL, 0);
}

bool application_pass_on(const struct control_message *message)
{
    return application.socket >= 0 &&
           send(application.socket, message, CONTROL_HEAD + message->text_length,
                MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/* Another one starts a little later. */
static void ended(int status, uint64_t generation)
{
    if (application.socket >= 0)
        receive(MSG_DONTWAIT); /* what it said last */
    leave_socket();
    application.process = 0;
    if (application.state != APPLICATION_FAILED) {
        zygote_log("the process of the application ended (status %d), another one starts",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        application.state = APPLICATION_GONE;
    }
    application_tell(generation);
    application.next_at = monotonic_milliseconds() + application.pause;
    application.pause =
        application.pause < LONGEST_PAUSE / 2 ? 2 * application.pause : LONGEST_PAUSE;
}

void application_start(struct zygote *zygote, int not_its)
{
    int ends[2];
    pid_t parent = getpid();
    if (!zygote->application.name || application.process > 0 || !children_reserve())
        return;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    zygote->interpreter->before_fork();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        if (not_its >= 0)
            close(not_its);
        host_run(zygote, parent, ends[1]);
    }
    int failure = errno;
    zygote->interpreter->after_fork_parent();
    close(ends[1]);
    if (child < 0) {
        zygote_log("fork() for the application: %s", strerror(failure));
        close(ends[0]);
        application.next_at = monotonic_milliseconds() + application.pause;
        return;
    }
    const struct child known = {.process = child, .kind = CHILD_HOST};
    burial_tell_of_host(ended);
    children_add(&known);
    application.process = child;
    application.socket = ends[0];
    application.state = APPLICATION_GONE;
}

int application_timeout(void)
{
    int64_t left = application.next_at - monotonic_milliseconds();
    if (application.next_at == 0)
        return -1;
    return left > 0 ? (int)left : 0;
}

void application_pass_time(struct zygote *zygote, uint64_t generation)
{
    const struct control_message hello = {.kind = CONTROL_HELLO, .generation = generation};
    if (application_timeout() != 0)
        return;
    application.next_at = 0;
    application_start(zygote, -1);
    application_pass_on(&hello); /* it never heard the front's own */
}
