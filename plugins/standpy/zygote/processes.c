#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ROUNDS  100 /* each ends a generation of descendants */
#define MAX_PASSES  10  /* to stop all of them; the zygote serves nobody meanwhile */
#define PATH_LENGTH 64

struct found {
    pid_t process, parent;
};

struct list {
    struct found *processes;
    size_t count, capacity;
};

bool processes_any_child(void)
{
    siginfo_t info;
    /* Counts those that have ended, too, and leaves them to be reaped (WNOWAIT). */
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static bool know_nobody(pid_t process)
{
    (void)process;
    return false;
}

static void add(struct list *list, struct found found)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 256;
        struct found *larger = reallocarray(list->processes, capacity, sizeof(*larger));
        if (!larger)
            return; /* the next round finds it */
        list->processes = larger;
        list->capacity = capacity;
    }
    list->processes[list->count++] = found;
}

/* Adds the children of one thread (proc_pid_children(5)). */
static void add_children_of_thread(struct list *list, pid_t process, long thread,
                                   bool (*is_known)(pid_t))
{
    char path[PATH_LENGTH];
    snprintf(path, sizeof(path), "/proc/%d/task/%ld/children", (int)process, thread);
    FILE *children = fopen(path, "re");
    int child;
    while (children && fscanf(children, "%d", &child) == 1) {
        if (!is_known(child))
            add(list, (struct found){child, process});
    }
    if (children)
        fclose(children);
}

static void add_children(struct list *list, pid_t process, bool (*is_known)(pid_t))
{
    char path[PATH_LENGTH];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)process);
    DIR *threads = opendir(path);
    for (struct dirent *entry = threads ? readdir(threads) : NULL; entry;
         entry = readdir(threads)) {
        if (entry->d_name[0] != '.')
            add_children_of_thread(list, process, strtol(entry->d_name, NULL, 10), is_known);
    }
    if (threads)
        closedir(threads);
}

/*
 * Finds strangers, the processes that these have started, and so on. A known process may be below a
 * stranger: if the zygote has ended, runners of the application are, as long as its process ends.
 */
static void find_all(struct list *list, bool (*is_known)(pid_t))
{
    list->count = 0;
    add_children(list, getpid(), is_known);
    for (size_t i = 0; i < list->count; i++)
        add_children(list, list->processes[i].process, is_known);
}

/* Reaps the children of this process that have ended, and keeps the others in the list. */
static size_t reap(struct list *list)
{
    size_t left = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct found found = list->processes[i];
        if (waitpid(found.process, NULL, WNOHANG | __WALL) != found.process)
            list->processes[left++] = found;
    }
    size_t ended = list->count - left;
    list->count = left;
    return ended;
}

/* 0 if it is gone. The second field, in parentheses, may hold anything (proc_pid_stat(5)). */
static pid_t parent_of(pid_t process)
{
    char path[PATH_LENGTH], text[512];
    int parent = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, sizeof(text) - 1) : -1;
    if (file >= 0)
        close(file);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    const char *behind = strrchr(text, ')');
    return behind && sscanf(behind + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

/*
 * A child of this process keeps its number until it is reaped here. Another process may have ended,
 * and its number may belong to a new one; so this holds the process, and checks its parent.
 */
static void signal_one(struct found found, int number)
{
    pid_t own = getpid();
    if (found.parent == own) {
        kill(found.process, number);
        return;
    }
    int held = (int)syscall(SYS_pidfd_open, found.process, 0);
    pid_t parent = held >= 0 ? parent_of(found.process) : 0;
    if (parent != 0 && (parent == found.parent || parent == own))
        syscall(SYS_pidfd_send_signal, held, number, NULL, 0);
    if (held >= 0)
        close(held);
}

static uint64_t signal_all(const struct list *list, int number)
{
    uint64_t sum = list->count;
    for (size_t i = 0; i < list->count; i++) {
        signal_one(list->processes[i], number);
        sum = sum * 31 + (uint64_t)list->processes[i].process;
    }
    return sum;
}

size_t processes_end_all(bool (*is_known)(pid_t))
{
    struct list list = {0};
    size_t ended = 0;
    uint64_t before = 0, now = 1;
    for (int pass = 0; pass < MAX_PASSES && now != before; pass++) {
        before = now;
        find_all(&list, is_known);
        signal_all(&list, SIGSTOP);
        ended += reap(&list); /* else ended orphans would make the list grow without end */
        now = signal_all(&list, SIGSTOP);
    }
    signal_all(&list, SIGKILL);
    free(list.processes);
    return ended;
}

size_t processes_end_strangers(bool (*is_known)(pid_t), size_t *ended)
{
    struct list list = {0};
    add_children(&list, getpid(), is_known);
    size_t count = list.count;
    signal_all(&list, SIGKILL);
    *ended += reap(&list);
    free(list.processes);
    return count;
}

size_t processes_end_children(void)
{
    size_t ended = 0;
    /* When a child ends, its own children become children of this process, the subreaper. */
    for (unsigned round = 0; round < MAX_ROUNDS && processes_any_child(); round++) {
        if (round > 0)
            usleep(round == 1 ? 200 : 1000);
        if (processes_persist(round))
            ended += processes_end_all(know_nobody);
        processes_end_strangers(know_nobody, &ended);
    }
    return ended;
}
