#include "process_state.h"

#include <linux/ioprio.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef PR_GET_MDWE /* Linux 6.3 */
#define PR_GET_MDWE 66
#endif

#define MOST_TIMERS  1000 /* so many are worth deleting one by one */
#define SIGNAL_COUNT 65   /* _NSIG */

/* State that is one number: how to read it, and how to put it back (0 if that worked). */

static long get_priority(void)
{
    return getpriority(PRIO_PROCESS, 0);
}

static int put_priority(long was)
{
    return setpriority(PRIO_PROCESS, 0, (int)was);
}

static long get_io_priority(void)
{
    return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
}

static int put_io_priority(long was)
{
    return (int)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, was);
}

static long get_policy(void)
{
    return sched_getscheduler(0);
}

static struct sched_param parameters; /* of the policy */

static int put_policy(long was)
{
    return sched_setscheduler(0, (int)was, &parameters);
}

static long get_personality(void)
{
    return personality(UINT32_MAX);
}

static int put_personality(long was)
{
    return personality((unsigned long)was) < 0;
}

static long get_timer_slack(void)
{
    return prctl(PR_GET_TIMERSLACK);
}

static int put_timer_slack(long was)
{
    return prctl(PR_SET_TIMERSLACK, was);
}

static long get_dumpable(void)
{
    return prctl(PR_GET_DUMPABLE);
}

static int put_dumpable(long was)
{
    return prctl(PR_SET_DUMPABLE, was);
}

static long get_without_huge_pages(void)
{
    return prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
}

static int put_without_huge_pages(long was)
{
    return prctl(PR_SET_THP_DISABLE, was, 0, 0, 0);
}

/* If it is set, written memory can never be executed again, and numba and others fail. */
static long get_no_new_code(void)
{
    return prctl(PR_GET_MDWE, 0, 0, 0, 0);
}

static int refuse(long was)
{
    (void)was;
    return -1;
}

static const struct number {
    long (*get)(void);
    int (*put)(long was);
    enum unusable unusable;
} numbers[] = {
    {get_priority, put_priority, UNUSABLE_PRIORITY},
    {get_io_priority, put_io_priority, UNUSABLE_PRIORITY},
    {get_policy, put_policy, UNUSABLE_SCHEDULING},
    {get_timer_slack, put_timer_slack, UNUSABLE_SCHEDULING},
    {get_personality, put_personality, UNUSABLE_ATTRIBUTES},
    {get_dumpable, put_dumpable, UNUSABLE_ATTRIBUTES},
    {get_without_huge_pages, put_without_huge_pages, UNUSABLE_ATTRIBUTES},
    {get_no_new_code, refuse, UNUSABLE_ATTRIBUTES},
};

#define NUMBER_COUNT (sizeof(numbers) / sizeof(*numbers))

static struct {
    struct rlimit limits[RLIMIT_NLIMITS];
    long numbers[NUMBER_COUNT];
    uid_t user;
    gid_t group;
    char name[16];
    int timer; /* the number of the last new timer; -1: unknown */
    cpu_set_t processors;
    bool knows_processors; /* false: there are more than the set can hold */
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

static void remember_processors(void)
{
    before.knows_processors =
        sched_getaffinity(0, sizeof(before.processors), &before.processors) == 0;
}

/* Each new timer of a process gets the next number (kernel/time/posix-timers.c), so this shows
 * whether others were made. */
static int number_of_a_new_timer(void)
{
    int number = -1;
    struct sigevent nothing = {.sigev_notify = SIGEV_NONE};
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &nothing, &number) != 0)
        return -1;
    syscall(SYS_timer_delete, number);
    return number;
}

void process_state_remember(void)
{
    remember_handlers();
    remember_processors();
    sched_getparam(0, &parameters);
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        before.numbers[i] = numbers[i].get();
    sigprocmask(SIG_SETMASK, NULL, &before.mask);
    for (int i = 0; i < RLIMIT_NLIMITS; i++)
        getrlimit((__rlimit_resource_t)i, &before.limits[i]);
    before.user = geteuid();
    before.group = getegid();
    prctl(PR_GET_NAME, before.name);
    before.timer = number_of_a_new_timer();
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

void process_state_calm(void)
{
    stop_timers();
    sigprocmask(SIG_SETMASK, &before.mask, NULL);
    umask(before.creation_mask);
    restore_locale();
}

/* Deletes POSIX timers; false if there are too many. */
static bool delete_timers(void)
{
    int last = number_of_a_new_timer();
    bool few = before.timer < 0 || (last > before.timer && last - before.timer <= MOST_TIMERS);
    for (int number = before.timer + 1; few && before.timer >= 0 && number < last; number++)
        syscall(SYS_timer_delete, number);
    before.timer = last;
    return few;
}

static bool restore_limits(void)
{
    bool restored = true;
    for (int i = 0; i < RLIMIT_NLIMITS; i++) {
        __rlimit_resource_t resource = (__rlimit_resource_t)i;
        const struct rlimit *limit = &before.limits[i];
        struct rlimit now = {0};
        getrlimit(resource, &now);
        bool same = now.rlim_cur == limit->rlim_cur && now.rlim_max == limit->rlim_max;
        if (!same && setrlimit(resource, limit) != 0)
            restored = false;
    }
    return restored;
}

static bool restore_processors(void)
{
    cpu_set_t now;
    if (!before.knows_processors)
        return true;
    bool same = sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_EQUAL(&now, &before.processors);
    return same || sched_setaffinity(0, sizeof(now), &before.processors) == 0;
}

static enum unusable restore_numbers(void)
{
    enum unusable first = USABLE;
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        bool same = numbers[i].get() == before.numbers[i];
        if (!same && numbers[i].put(before.numbers[i]) != 0 && first == USABLE)
            first = numbers[i].unusable;
    }
    return first;
}

enum unusable process_state_restore(void)
{
    bool few_timers = delete_timers();
    bool limits = restore_limits();
    bool processors = restore_processors();
    enum unusable number = restore_numbers();
    prctl(PR_SET_NAME, before.name);
    if (geteuid() != before.user || getegid() != before.group)
        return UNUSABLE_USER;
    if (!limits)
        return UNUSABLE_LIMITS;
    if (number != USABLE)
        return number;
    if (!few_timers)
        return UNUSABLE_ATTRIBUTES;
    return processors ? USABLE : UNUSABLE_SCHEDULING;
}

void process_state_restore_handlers(void)
{
    for (int number = 1; number < SIGNAL_COUNT; number++) {
        if (before.has_action[number])
            sigaction(number, &before.actions[number], NULL);
    }
}

static bool same_handlers(void)
{
    for (int number = 1; number < SIGNAL_COUNT; number++) {
        struct sigaction now;
        if (before.has_action[number] && sigaction(number, NULL, &now) == 0 &&
            now.sa_handler != before.actions[number].sa_handler)
            return false;
    }
    return true;
}

static bool same_mask(void)
{
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    for (int number = 1; number < SIGNAL_COUNT; number++) {
        if (sigismember(&now, number) != sigismember(&before.mask, number))
            return false;
    }
    mode_t creation_mask = umask(before.creation_mask);
    return creation_mask == before.creation_mask;
}

static bool same_limits(void)
{
    for (int i = 0; i < RLIMIT_NLIMITS; i++) {
        struct rlimit now = {0};
        getrlimit((__rlimit_resource_t)i, &now);
        if (now.rlim_cur != before.limits[i].rlim_cur || now.rlim_max != before.limits[i].rlim_max)
            return false;
    }
    return true;
}

static bool same_numbers(void)
{
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        if (numbers[i].get() != before.numbers[i])
            return false;
    }
    cpu_set_t now;
    return !before.knows_processors ||
           (sched_getaffinity(0, sizeof(now), &now) == 0 && CPU_EQUAL(&now, &before.processors));
}

const char *process_state_changed(void)
{
    const char *locale = setlocale(LC_ALL, NULL);
    struct itimerval timer = {0};
    if (!same_handlers())
        return "it changes signal handlers";
    if (!same_mask())
        return "it changes the signal mask or the umask";
    if (!same_limits())
        return "it changes resource limits";
    if (!same_numbers())
        return "it changes attributes of the process";
    if (getitimer(ITIMER_REAL, &timer) == 0 && timer.it_value.tv_sec + timer.it_value.tv_usec > 0)
        return "it starts a timer";
    if (locale && strcmp(locale, before.locale) != 0)
        return "it changes the locale";
    return NULL;
}
