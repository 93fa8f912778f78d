#include "memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runner_files.h"

#define FEW_FAULTS 16          /* 32 MB, if they are huge pages */
#define MUCH       (64U << 20) /* bytes left behind that are worth a collection */

struct usage {
    uint64_t resident, data; /* bytes */
};

/* proc_pid_statm(5): size resident shared text lib data dt, in pages. */
static bool read_usage(const struct memory *memory, struct usage *usage)
{
    char text[128];
    ssize_t length = pread(memory->statm, text, sizeof(text) - 1, 0);
    if (length <= 0)
        return false;
    text[length] = '\0';
    unsigned long long resident, data;
    if (sscanf(text, "%*s %llu %*s %*s %*s %llu", &resident, &data) != 2)
        return false;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    *usage = (struct usage){resident * page, data * page};
    return true;
}

static bool set_limit(struct memory *memory, uint64_t extra)
{
    const struct rlimit limit = {memory->data + extra, memory->data + memory->extra};
    memory->raised = extra > 0;
    return setrlimit(RLIMIT_DATA, &limit) == 0;
}

bool memory_start(struct memory *memory)
{
    struct usage usage;
    memory->statm = runner_files_move(open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    if (memory->statm < 0 || !read_usage(memory, &usage))
        return false;
    memory->settled = memory->first = usage.resident;
    /*
     * The kernel limits address space (RLIMIT_DATA: private and writable), not resident memory.
     * Some of it is never touched (stacks of threads, arenas), so the limit allows that much more.
     */
    uint64_t untouched = usage.data > usage.resident ? usage.data - usage.resident : 0;
    memory->data = memory->limit + untouched;
    return memory->limit == 0 || set_limit(memory, 0);
}

/* The first use of memory costs a fault, so after few faults nothing can have grown much. */
static bool may_have_grown(struct memory *memory)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return true;
    long faults = usage.ru_minflt - memory->faults;
    memory->faults = usage.ru_minflt;
    return faults >= FEW_FAULTS;
}

static bool give_back(const struct memory *memory, struct usage *usage)
{
    memory->collect();
    malloc_trim(0);
    return read_usage(memory, usage);
}

/* Forgets results of rm_init until the rest fits. */
static void forget_results(const struct memory *memory, struct usage *usage)
{
    uint64_t grown = usage->resident > memory->settled ? usage->resident - memory->settled : 0;
    bool alone_too_large = memory->first + grown > memory->most;
    while (usage->resident > memory->most && memory->forget(alone_too_large) &&
           give_back(memory, usage))
        alone_too_large = false;
}

static bool settle(struct memory *memory)
{
    struct usage usage;
    if (!may_have_grown(memory))
        return true;
    if (!read_usage(memory, &usage) || usage.resident < memory->settled + MUCH)
        return true;
    if (!give_back(memory, &usage))
        return true;
    forget_results(memory, &usage);
    memory->settled = usage.resident;
    return memory->limit == 0 || usage.resident < memory->limit / 2;
}

/* What is kept is not the next script's fault. The cleanup has just put the limit back. */
static void make_room(struct memory *memory, bool results)
{
    struct usage usage;
    if (memory->limit == 0 || !(results || memory->raised))
        return;
    uint64_t extra = 0;
    if (results && read_usage(memory, &usage) && usage.resident > memory->first)
        extra = usage.resident - memory->first;
    set_limit(memory, extra < memory->extra ? extra : memory->extra);
}

bool memory_settle(struct memory *memory, bool results)
{
    bool settled = settle(memory);
    make_room(memory, results);
    return settled;
}
