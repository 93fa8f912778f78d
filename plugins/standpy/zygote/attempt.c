#include "attempt.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native_threads.h"
#include "process_state.h"
#include "processes.h"
#include "runner_state.h"

#define SLACK (UINT64_C(1) << 30) /* bytes that a module may reserve without using them */
#define NICER 10                  /* requests go first */

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

static uint64_t data_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%*s %*s %*s %*s %*s %llu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void lower(__rlimit_resource_t resource, uint64_t to)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur > to) {
        limit.rlim_cur = to;
        setrlimit(resource, &limit);
    }
}

static bool has_printed(int file)
{
    struct stat status;
    return fstat(file, &status) == 0 && status.st_size > 0;
}

/* Compares what Python does not see. Returns "" if nothing has changed. */
static const char *compare(const struct runner *runner, size_t descriptors)
{
    if (has_printed(runner->files.out) || has_printed(runner->files.err))
        return "it prints when it is imported";
    if (processes_any_child())
        return "it starts processes";
    if (!native_threads_end_at_fork())
        return "it starts threads that a fork does not end";
    if (count_descriptors() != descriptors)
        return "it leaves descriptors open";
    const char *changed = process_state_changed();
    return changed ? changed : "";
}

__attribute__((noreturn)) static void say(const struct runner *runner, const char *why)
{
    char text[ATTEMPT_TEXT];
    int length =
        snprintf(text, sizeof(text), "%c%s", why[0] ? ATTEMPT_FAILED : ATTEMPT_PASSED, why);
    size_t whole = length < ATTEMPT_TEXT ? (size_t)length : ATTEMPT_TEXT - 1;
    bool said = send(runner->files.channel, text, whole, MSG_NOSIGNAL) == (ssize_t)whole;
    _exit(said ? 0 : 1);
}

void attempt_run(const struct runner_config *config, const char *name, uint64_t most_memory,
                 unsigned most_seconds)
{
    const struct runner *runner = runner_start(config);
    prctl(PR_SET_NAME, "standpy-trial");
    setpriority(PRIO_PROCESS, 0, NICER);
    lower(RLIMIT_DATA, data_bytes() + most_memory + SLACK);
    lower(RLIMIT_CPU, most_seconds);
    process_state_remember();
    size_t descriptors = count_descriptors();
    char *why = runner->interpreter->try_import(name, most_memory);
    fflush(NULL);
    if (!why)
        say(runner, "the engine cannot find out what it changes");
    say(runner, why[0] ? why : compare(runner, descriptors));
}
