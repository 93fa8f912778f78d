#include "process_state.h"

#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* Those whose loss the next script, or the runner itself, would suffer from. */
static const int resources[] = {RLIMIT_AS,     RLIMIT_CPU,   RLIMIT_DATA, RLIMIT_FSIZE,
                                RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_STACK};

#define RESOURCE_COUNT (sizeof(resources) / sizeof(*resources))
#define SIGNAL_COUNT   65 /* _NSIG */

static struct {
    struct rlimit limits[RESOURCE_COUNT];
    uid_t user;
    gid_t group;
    int priority;
    int policy; /* -1: cannot be told */
    struct sched_param parameters;
    cpu_set_t processors;
    bool knows_processors; /* false: there are more than the set takes */
    struct sigaction actions[SIGNAL_COUNT];
    bool has_action[SIGNAL_COUNT];
    sigset_t mask;
    mode_t creation_mask;
    char locale[1024]; /* of all categories; empty if it does not fit */
} before;

static void remember_handlers(void)
{
    for (int number = 1; number < SIGNAL_COUNT; number++)
        before.has_action[number] = sigaction(number, NULL, &before.actions[number]) == 0;
    before.has_action[SIGKILL] = before.has_action[SIGSTOP] = false;
}

static void remember_scheduling(void)
{
    before.priority = getpriority(PRIO_PROCESS, 0);
    before.policy = sched_getscheduler(0);
    sched_getparam(0, &before.parameters);
    before.knows_processors =
        sched_getaffinity(0, sizeof(before.processors), &before.processors) == 0;
}

void process_state_remember(void)
{
    remember_handlers();
    remember_scheduling();
    sigprocmask(SIG_SETMASK, NULL, &before.mask);
    for (size_t i = 0; i < RESOURCE_COUNT; i++)
        getrlimit((__rlimit_resource_t)resources[i], &before.limits[i]);
    before.user = geteuid();
    before.group = getegid();
    before.creation_mask = umask(0);
    umask(before.creation_mask);
    const char *name = setlocale(LC_ALL, NULL);
    if (name && strlen(name) < sizeof(before.locale))
        strcpy(before.locale, name);
}

static void restore_locale(void)
{
    const char *name = setlocale(LC_ALL, NULL);
    if (name && before.locale[0] != '\0' && strcmp(name, before.locale) != 0)
        setlocale(LC_ALL, before.locale);
}

static void stop_timers(void)
{
    const struct itimerval never = {0};
    setitimer(ITIMER_REAL, &never, NULL);
    setitimer(ITIMER_VIRTUAL, &never, NULL);
    setitimer(ITIMER_PROF, &never, NULL);
}

static bool restore_limits(void)
{
    bool restored = true;
    for (size_t i = 0; i < RESOURCE_COUNT; i++) {
        __rlimit_resource_t resource = (__rlimit_resource_t)resources[i];
        const struct rlimit *limit = &before.limits[i];
        struct rlimit now = {0};
        getrlimit(resource, &now);
        bool same = now.rlim_cur == limit->rlim_cur && now.rlim_max == limit->rlim_max;
        if (!same && setrlimit(resource, limit) != 0)
            restored = false;
    }
    return restored;
}

static bool restore_priority(void)
{
    return getpriority(PRIO_PROCESS, 0) == before.priority ||
           setpriority(PRIO_PROCESS, 0, before.priority) == 0;
}

static bool restore_policy(void)
{
    return before.policy < 0 || sched_getscheduler(0) == before.policy ||
           sched_setscheduler(0, before.policy, &before.parameters) == 0;
}

static bool restore_processors(void)
{
    cpu_set_t now;
    if (!before.knows_processors)
        return true;
    bool same = sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_EQUAL(&now, &before.processors);
    return same || sched_setaffinity(0, sizeof(now), &before.processors) == 0;
}

enum unusable process_state_restore(void)
{
    stop_timers();
    sigprocmask(SIG_SETMASK, &before.mask, NULL);
    umask(before.creation_mask);
    restore_locale();
    bool limits = restore_limits();
    bool priority = restore_priority();
    bool policy = restore_policy();
    bool processors = restore_processors();
    if (geteuid() != before.user || getegid() != before.group)
        return UNUSABLE_USER;
    if (!limits)
        return UNUSABLE_LIMITS;
    if (!priority)
        return UNUSABLE_PRIORITY;
    return policy && processors ? USABLE : UNUSABLE_SCHEDULING;
}

void process_state_restore_handlers(void)
{
    for (int number = 1; number < SIGNAL_COUNT; number++) {
        if (before.has_action[number])
            sigaction(number, &before.actions[number], NULL);
    }
}
