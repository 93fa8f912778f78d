#include "oom.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t oom_count(const char *text)
{
    static const char key[] = "oom_kill ";
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, sizeof(key) - 1) == 0)
            return strtoull(line + sizeof(key) - 1, NULL, 10);
    }
    return 0;
}

static uint64_t count_of(const char *path)
{
    static char text[32768]; /* vmstat has some 5 kB */
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    return oom_count(text);
}

/* Asks cgroups of version 2 and 1, as a container sees its own, and then the machine. */
bool oom_has_killed(void)
{
    static const char *const paths[] = {"/sys/fs/cgroup/memory.events",
                                        "/sys/fs/cgroup/memory/memory.oom_control", "/proc/vmstat"};
    static uint64_t before[sizeof(paths) / sizeof(*paths)];
    bool more = false;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        uint64_t now = count_of(paths[i]);
        more = more || now > before[i];
        before[i] = now;
    }
    return more;
}
