#include "process_state.h"

#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "takeover.h"

/* What uWSGI sets for workers (core/uwsgi.c, core/master_utils.c), what it relies on, and ours. */
static int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM, SIGALRM, SIGUSR1, SIGUSR2,
                        SIGPIPE, SIGTSTP, SIGWINCH, SIGCHLD, 0,       0};

#define COUNT (sizeof(numbers) / sizeof(*numbers))

static struct sigaction actions[COUNT];
static sigset_t mask;
static mode_t creation_mask;
static char locale_name[1024]; /* of all categories; empty where it does not fit */
static bool remembered;

void process_state_remember(void)
{
    if (remembered)
        return;
    numbers[COUNT - 2] = WATCHDOG_HOLD_SIGNAL; /* no constants */
    numbers[COUNT - 1] = TAKEOVER_STACK_SIGNAL;
    for (size_t i = 0; i < COUNT; i++)
        sigaction(numbers[i], NULL, &actions[i]);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    creation_mask = umask(0);
    umask(creation_mask);
    const char *name = setlocale(LC_ALL, NULL);
    if (name && strlen(name) < sizeof(locale_name))
        strcpy(locale_name, name);
    remembered = true;
}

static void restore_locale(void)
{
    const char *name = setlocale(LC_ALL, NULL);
    if (name && locale_name[0] != '\0' && strcmp(name, locale_name) != 0)
        setlocale(LC_ALL, locale_name);
}

static void stop_timers(void)
{
    const struct itimerval never = {0};
    setitimer(ITIMER_REAL, &never, NULL);
    setitimer(ITIMER_VIRTUAL, &never, NULL);
    setitimer(ITIMER_PROF, &never, NULL);
}

void process_state_restore(void)
{
    stop_timers();
    for (size_t i = 0; i < COUNT; i++)
        sigaction(numbers[i], &actions[i], NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    umask(creation_mask);
    restore_locale();
}
