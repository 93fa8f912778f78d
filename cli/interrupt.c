#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

/* Global, because a handler has nothing else. */
static volatile sig_atomic_t came;
static int ends[2] = {-1, -1};

static void handle(int number)
{
    int kept = errno;
    (void)number;
    came = 1;
    ssize_t written = write(ends[1], "", 1);
    (void)written; /* there is room for the first one, and the others say nothing new */
    errno = kept;
}

/* What is ignored stays so: nohup and shells say it of what shall run on. */
static bool take_over(int number)
{
    struct sigaction before;
    /* Without SA_RESTART: what waits for a disk or a pipe looks whether it came. */
    struct sigaction action = {.sa_handler = handle, .sa_flags = (int)SA_RESETHAND};
    return sigaction(number, NULL, &before) == 0 &&
           (before.sa_handler == SIG_IGN || sigaction(number, &action, NULL) == 0);
}

bool interrupt_begin(void)
{
    struct sigaction ignored = {.sa_handler = SIG_IGN};
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 && take_over(SIGINT) && take_over(SIGTERM) &&
           take_over(SIGHUP) && sigaction(SIGPIPE, &ignored, NULL) == 0 &&
           sigaction(SIGXFSZ, &ignored, NULL) == 0;
}

bool interrupt_came(void)
{
    return came;
}

int interrupt_descriptor(void)
{
    return ends[0];
}

bool interrupt_wait(int descriptor, int milliseconds)
{
    struct pollfd watched[] = {{.fd = ends[0], .events = POLLIN},
                               {.fd = descriptor, .events = POLLIN}};
    while (poll(watched, 2, milliseconds) < 0 && errno == EINTR) {
    }
    return !came;
}
