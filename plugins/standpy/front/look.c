#include "look.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_CAPACITY   4096
#define MOST_OF_LIBRARIES 64 /* descriptors that libraries may open when they are imported */

/* Lines of /proc/<pid>/status, in the order of that file, and what they mean. */
static const struct {
    const char *name, *words;
} watched[] = {
    {"Uid:", "its user"},
    {"Gid:", "its group"},
    {"SigBlk:", "its signal mask"},
    {"SigIgn:", "ignored signals"},
    {"SigCgt:", "signal handlers"},
    {"CapEff:", "its capabilities"},
    {"NoNewPrivs:", "its privileges"},
    {"Seccomp:", "a filter of system calls"},
    {"Seccomp_filters:", "a filter of system calls"},
    {"Cpus_allowed:", "its processors"},
};

#define WATCHED (sizeof(watched) / sizeof(*watched))

static int open_of(int process, const char *name, int flags)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", process, process, name);
    return open(path, O_RDONLY | O_CLOEXEC | flags);
}

static void open_all(struct look *look, int process)
{
    *look = (struct look){
        .status = open_of(process, "status", 0),
        .children = open_of(process, "children", 0),
        .descriptors = open_of(process, "fd", O_DIRECTORY),
    };
}

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

void look_close(struct look *look)
{
    close_one(&look->status);
    close_one(&look->children);
    close_one(&look->descriptors);
}

static long count_entries(int folder)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    long count = 0;
    if (!entries)
        return -1;
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

/* From Linux 6.2 on the folder's size is their number (fs/proc/fd.c: proc_fd_getattr). */
static long count_descriptors(const struct look *look)
{
    struct stat status;
    if (look->descriptors < 0 || fstat(look->descriptors, &status) != 0)
        return -1;
    return status.st_size > 0 ? (long)status.st_size : count_entries(look->descriptors);
}

/* The C library itself sets the handlers of signals 32 and 33, for threads. */
static bool is_handlers(const char *line)
{
    return strncmp(line, "SigCgt:", 7) == 0;
}

static void write_line(char **to, size_t *room, const char *line)
{
    char handlers[64];
    size_t length = strcspn(line, "\n");
    if (is_handlers(line)) {
        uint64_t mask = strtoull(line + 7, NULL, 16) & ~(UINT64_C(3) << 31);
        snprintf(handlers, sizeof(handlers), "SigCgt:%llx", (unsigned long long)mask);
        line = handlers;
        length = strlen(handlers);
    }
    if (length + 2 > *room)
        return;
    memcpy(*to, line, length);
    (*to)[length] = '\n';
    (*to)[length + 1] = '\0';
    *to += length + 1;
    *room -= length + 1;
}

/* Reads the watched lines, one after the other; empty if they cannot be read. */
static void read_lines(const struct look *look, char lines[LOOK_LINES])
{
    char text[STATUS_CAPACITY];
    lines[0] = '\0';
    ssize_t length = look->status >= 0 ? pread(look->status, text, sizeof(text) - 1, 0) : -1;
    if (length <= 0)
        return;
    text[length] = '\0';
    const char *line = text;
    size_t room = LOOK_LINES;
    for (size_t next = 0; line && *line && next < WATCHED;) {
        if (strncmp(line, watched[next].name, strlen(watched[next].name)) == 0) {
            write_line(&lines, &room, line);
            next++;
        }
        const char *end = strchr(line, '\n');
        line = end ? end + 1 : NULL;
    }
}

void look_start(struct look *look, int process)
{
    open_all(look, process);
    look->descriptor_count = count_descriptors(look);
    look->most_descriptors = look->descriptor_count + MOST_OF_LIBRARIES;
    read_lines(look, look->lines);
}

static const char *words_of(const char *line)
{
    for (size_t i = 0; i < WATCHED; i++) {
        if (strncmp(line, watched[i].name, strlen(watched[i].name)) == 0)
            return watched[i].words;
    }
    return "its state";
}

/* What the first line that differs means; NULL if none does. */
static const char *compare_lines(const char *before, const char *now)
{
    while (*before) {
        size_t length = strcspn(before, "\n") + 1;
        if (strncmp(before, now, length) != 0)
            return words_of(before);
        before += length;
        now += length;
    }
    return *now ? "its state" : NULL;
}

static bool has_children(const struct look *look)
{
    char byte;
    return look->children >= 0 && pread(look->children, &byte, 1, 0) > 0;
}

const char *look_compare(struct look *look, bool imported)
{
    if (has_children(look))
        return "processes of its own";
    long count = count_descriptors(look);
    bool of_a_library =
        imported && count > look->descriptor_count && count <= look->most_descriptors;
    if (count != look->descriptor_count && !of_a_library)
        return "descriptors";
    look->descriptor_count = count;
    char lines[LOOK_LINES];
    read_lines(look, lines);
    return lines[0] != '\0' ? compare_lines(look->lines, lines) : NULL;
}

/* Second field of statm: resident pages (proc_pid_statm(5)). */
uint64_t look_resident(int process)
{
    char path[64];
    unsigned long long pages = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", process);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    if (fscanf(file, "%*s %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
