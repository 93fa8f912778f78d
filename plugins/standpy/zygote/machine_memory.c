#include "machine_memory.h"

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

/* Limits of cgroups of version 2 and 1, as a container sees its own. UINT64_MAX if there is none.
 */
static uint64_t limit_of(const char *path)
{
    unsigned long long limit = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return UINT64_MAX;
    int got = fscanf(file, "%llu", &limit); /* "max" is no number */
    fclose(file);
    return got == 1 ? limit : UINT64_MAX;
}

uint64_t machine_memory(void)
{
    static const char *const paths[] = {"/sys/fs/cgroup/memory.max",
                                        "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    uint64_t least = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        uint64_t limit = limit_of(paths[i]);
        if (limit < least)
            least = limit;
    }
    return least;
}
