#include "reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * If more processes than this run for each processor, the next one waits longer for its turn than a
 * request may take, because each turn lasts some milliseconds.
 */
#define PROCESSES_PER_PROCESSOR 64
#define LEAST_PROCESSES         128

#define OOM_SCORE "500" /* of 1000: if memory runs out, a script has taken it */

static struct {
    rlim_t processes, signals, descriptors; /* RLIM_INFINITY: we set no limit */
    rlim_t usual_descriptors;               /* the soft limit */
} limits;

uint64_t reserve_leaves(uint64_t all, uint64_t least, uint64_t most)
{
    if (all == UINT64_MAX)
        return all;
    uint64_t reserve = all / 8;
    if (reserve < least)
        reserve = least;
    if (reserve > most)
        reserve = most;
    return all > 2 * reserve ? all - reserve : all / 2 + 1;
}

/* Reads a file that holds one number; `none` if there is no such file, or it holds a word. */
static uint64_t read_number(const char *path, uint64_t none)
{
    unsigned long long number;
    FILE *file = fopen(path, "re");
    if (!file)
        return none;
    bool is_number = fscanf(file, "%llu", &number) == 1;
    fclose(file);
    return is_number ? number : none;
}

/* pids.max of this process's control group, if that is not the root; version 2 of cgroups(7). */
static uint64_t read_own_group(void)
{
    char line[PATH_MAX], path[PATH_MAX + 64];
    uint64_t most = UINT64_MAX;
    FILE *groups = fopen("/proc/self/cgroup", "re");
    while (groups && fgets(line, sizeof(line), groups)) {
        if (strncmp(line, "0::/", 4) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(path, sizeof(path), "/sys/fs/cgroup%s/pids.max", line + 3);
        most = read_number(path, UINT64_MAX);
    }
    if (groups)
        fclose(groups);
    return most;
}

static uint64_t smaller(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static uint64_t count_processes_allowed(void)
{
    struct rlimit limit;
    uint64_t most = read_number("/proc/sys/kernel/threads-max", UINT64_MAX);
    most = smaller(most, read_number("/proc/sys/kernel/pid_max", UINT64_MAX));
    if (getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_max != RLIM_INFINITY)
        most = smaller(most, limit.rlim_max);
    /* A container sees its own group as the root. */
    most = smaller(most, read_number("/sys/fs/cgroup/pids.max", UINT64_MAX));
    most = smaller(most, read_number("/sys/fs/cgroup/pids/pids.max", UINT64_MAX));
    return smaller(most, read_own_group());
}

static rlim_t choose_processes(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t useful = PROCESSES_PER_PROCESSOR * (uint64_t)(processors > 0 ? processors : 1);
    if (useful < LEAST_PROCESSES)
        useful = LEAST_PROCESSES;
    return smaller(reserve_leaves(count_processes_allowed(), 16, 1024), useful);
}

static rlim_t less_of(__rlimit_resource_t resource, uint64_t least, uint64_t most)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
        return RLIM_INFINITY;
    return reserve_leaves(limit.rlim_max, least, most);
}

/* Gives the zygote what runners do not have; they get the usual limit back. */
static void raise_own_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limits.usual_descriptors = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
    const struct rlimit limit = {soft < hard ? soft : hard, hard};
    return setrlimit(resource, &limit) == 0;
}

/* Tries it, because the kernel counts a user's processes over all containers. */
static bool may_fork_with(rlim_t processes)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        bool limited = set_limit(RLIMIT_NPROC, processes, processes);
        pid_t grandchild = limited ? fork() : -1;
        if (grandchild > 0)
            waitpid(grandchild, NULL, 0);
        _exit(limited && grandchild < 0 && errno == EAGAIN);
    }
    return child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
           WEXITSTATUS(status) == 0;
}

void reserve_prepare(bool *crowded)
{
    limits.processes = choose_processes();
    *crowded = !may_fork_with(limits.processes);
    if (*crowded)
        limits.processes = RLIM_INFINITY;
    limits.signals = less_of(RLIMIT_SIGPENDING, 64, 4096);
    /* Descriptors on their way between processes count against this limit, too (net/unix). */
    limits.descriptors = less_of(RLIMIT_NOFILE, 256, 4096);
    raise_own_descriptors();
}

/* The soft limit stays as it was if the hard one allows that. */
static bool leave_some(__rlimit_resource_t resource, rlim_t hard)
{
    struct rlimit limit;
    if (hard == RLIM_INFINITY)
        return true;
    return getrlimit(resource, &limit) == 0 &&
           (hard >= limit.rlim_max || set_limit(resource, limit.rlim_cur, hard));
}

static void be_first_to_go(void)
{
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score < 0)
        return;
    ssize_t written = write(score, OOM_SCORE, strlen(OOM_SCORE));
    (void)written; /* if it fails, the score stays */
    close(score);
}

bool reserve_leave(void)
{
    be_first_to_go();
    rlim_t descriptors = limits.descriptors;
    bool fewer = descriptors == RLIM_INFINITY ||
                 set_limit(RLIMIT_NOFILE, limits.usual_descriptors, descriptors);
    return fewer && leave_some(RLIMIT_NPROC, limits.processes) &&
           leave_some(RLIMIT_SIGPENDING, limits.signals);
}
