#include "process_state.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "stack_dump.h"

/* What uWSGI sets for workers (core/uwsgi.c, core/master_utils.c), what it relies on, and ours. */
static int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM, SIGALRM, SIGUSR1, SIGUSR2,
                        SIGPIPE, SIGTSTP, SIGWINCH, SIGCHLD, 0,       0};

#define COUNT (sizeof(numbers) / sizeof(*numbers))

/* Those whose loss the next script, or the worker itself, would suffer from. */
static const int resources[] = {RLIMIT_AS,     RLIMIT_CPU,   RLIMIT_DATA, RLIMIT_FSIZE,
                                RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_STACK};

#define RESOURCE_COUNT (sizeof(resources) / sizeof(*resources))

static struct rlimit limits[RESOURCE_COUNT];
static uid_t user;
static gid_t group;
static int priority;
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
    numbers[COUNT - 1] = STACK_DUMP_SIGNAL;
    for (size_t i = 0; i < COUNT; i++)
        sigaction(numbers[i], NULL, &actions[i]);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        getrlimit((__rlimit_resource_t)resources[i], &limits[i]);
    user = geteuid();
    group = getegid();
    priority = getpriority(PRIO_PROCESS, 0);
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

void process_state_arm(void)
{
    for (size_t i = COUNT - 2; i < COUNT; i++)
        sigaction(numbers[i], &actions[i], NULL);
}

static bool restore_limits(void)
{
    bool restored = true;
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        __rlimit_resource_t resource = (__rlimit_resource_t)resources[i];
        struct rlimit now = {0};
        getrlimit(resource, &now);
        bool same = now.rlim_cur == limits[i].rlim_cur && now.rlim_max == limits[i].rlim_max;
        if (!same && setrlimit(resource, &limits[i]) != 0)
            restored = false;
    }
    return restored;
}

static bool restore_priority(void)
{
    return getpriority(PRIO_PROCESS, 0) == priority || setpriority(PRIO_PROCESS, 0, priority) == 0;
}

bool process_state_restore(void)
{
    stop_timers();
    for (size_t i = 0; i < COUNT; i++)
        sigaction(numbers[i], &actions[i], NULL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    umask(creation_mask);
    restore_locale();
    bool limits_restored = restore_limits();
    return restore_priority() && limits_restored && geteuid() == user && getegid() == group;
}
