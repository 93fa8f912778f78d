#include "signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* What uWSGI sets for workers (core/uwsgi.c, core/master_utils.c), and what it relies on. */
static const int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,  SIGALRM, SIGUSR1,
                              SIGUSR2, SIGPIPE, SIGTSTP, SIGWINCH, SIGCHLD};

#define COUNT (sizeof(numbers) / sizeof(*numbers))

static struct sigaction actions[COUNT];
static sigset_t mask;
static bool remembered;

void signals_remember(void)
{
    if (remembered)
        return;
    for (size_t i = 0; i < COUNT; i++)
        sigaction(numbers[i], NULL, &actions[i]);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    remembered = true;
}

void signals_restore(void)
{
    for (size_t i = 0; i < COUNT; i++)
        sigaction(numbers[i], &actions[i], NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
}
