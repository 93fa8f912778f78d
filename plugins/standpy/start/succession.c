#include "succession.h"

#include <poll.h>

#include "message.h"
#include "monotonic.h"
#include "uwsgi_api.h"

#define PAUSE          30000  /* milliseconds between two successors */
#define MOST_DOUBLINGS 7      /* of PAUSE, after failures */
#define PATIENCE       120000 /* milliseconds that a successor has to get ready */
#define READY          'r'    /* from the successor; other text says why it cannot start */
#define GO             'g'    /* to the successor */

enum successor_state {
    SUCCESSOR_NONE,
    SUCCESSOR_STARTING,
    SUCCESSOR_READY, /* and waits */
};

static struct {
    const struct zygote_config *config;
    const int *control;
    const struct wish *wish;
    enum successor_state state;
    pid_t process;
    int socket;        /* to it */
    int64_t until;     /* it has to be ready by then; or, without one, none starts sooner */
    unsigned heard;    /* number of the last wish that was read */
    unsigned failures; /* in a row */
    char learned[MODULE_NAMES_TEXT + 1];
} successor;

void succession_set_up(const struct zygote_config *config, const int control[2])
{
    memset(&successor, 0, sizeof(successor));
    successor.socket = -1;
    successor.config = config;
    successor.control = control;
}

void succession_heed(const struct wish *wish)
{
    successor.wish = wish;
}

pid_t succession_process(void)
{
    return successor.state == SUCCESSOR_NONE ? 0 : successor.process;
}

static void let_go(void)
{
    close(successor.socket);
    successor.socket = -1;
    successor.process = 0;
    successor.state = SUCCESSOR_NONE;
    successor.until = monotonic_milliseconds() + PAUSE;
}

void succession_stop(void)
{
    if (successor.state == SUCCESSOR_NONE)
        return;
    kill(successor.process, SIGKILL);
    waitpid(successor.process, NULL, 0);
    let_go();
}

/* The current zygote stays. Each failure puts off the next attempt further. */
static void fail(const char *why)
{
    succession_stop();
    unsigned doublings = successor.failures < MOST_DOUBLINGS ? successor.failures : MOST_DOUBLINGS;
    if (successor.failures++ == 0)
        uwsgi_log("standpy: a new zygote that imports %s in advance cannot start: %s; the current "
                  "one stays\n",
                  successor.learned[0] ? successor.learned : "no module", why);
    successor.until = monotonic_milliseconds() + ((int64_t)PAUSE << doublings);
    successor.heard = 0;
}

static void start(void)
{
    int ends[2];
    unsigned heard = wish_read(successor.wish, successor.heard, successor.learned);
    if (heard == 0)
        return;
    successor.heard = heard;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    const struct zygote_launch launch = {
        .config = successor.config,
        .learned = successor.learned,
        .control = successor.control[1],
        .successor = ends[1],
        .needs_application = successor.config->app_required,
    };
    successor.process = zygote_launch(&launch);
    successor.socket = ends[0];
    close(ends[1]);
    if (successor.process <= 0) {
        let_go();
        return;
    }
    successor.state = SUCCESSOR_STARTING;
    successor.until = monotonic_milliseconds() + PATIENCE;
}

/* Sent at each turn until the front has made the current zygote retire. */
static void tell_front(void)
{
    const struct control_message message = {.kind = CONTROL_SUCCESSOR,
                                            .process = successor.process};
    send(successor.control[1], &message, CONTROL_HEAD, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void hear(void)
{
    char text[1024];
    ssize_t length = recv(successor.socket, text, sizeof(text) - 1, MSG_DONTWAIT);
    if (length < 0 && monotonic_milliseconds() < successor.until)
        return;
    text[length > 0 ? length : 0] = '\0';
    if (length == 1 && text[0] == READY)
        successor.state = SUCCESSOR_READY;
    else if (length < 0)
        fail("it takes too long");
    else
        fail(length > 0 ? text : "its process ended");
}

void succession_turn(void)
{
    if (!successor.wish)
        return;
    if (successor.state == SUCCESSOR_NONE && monotonic_milliseconds() >= successor.until)
        start();
    if (successor.state == SUCCESSOR_STARTING)
        hear();
    if (successor.state != SUCCESSOR_READY)
        return;
    char byte;
    if (recv(successor.socket, &byte, 1, MSG_DONTWAIT) == 0)
        fail("its process ended");
    else
        tell_front();
}

pid_t succession_take_over(char learned[MODULE_NAMES_TEXT + 1])
{
    const char go = GO;
    if (successor.state != SUCCESSOR_READY)
        return 0; /* one that is not ready yet keeps starting */
    if (send(successor.socket, &go, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) {
        fail("its process ended");
        return 0;
    }
    pid_t process = successor.process;
    strcpy(learned, successor.learned);
    successor.failures = 0;
    let_go();
    return process;
}
