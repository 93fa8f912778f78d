#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS    "/proc/self/task"
#define MAX_ROUNDS 100 /* each ends a generation of descendants */

static bool has_children(void)
{
    siginfo_t info;
    /* Also those that have ended; WNOWAIT leaves them so. */
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static bool know_nobody(pid_t process)
{
    (void)process;
    return false;
}

/* Those of one thread (proc_pid_children(5)). */
static size_t end_children_of(const char *thread, bool (*is_known)(pid_t), size_t *ended)
{
    size_t strangers = 0;
    char path[320];
    snprintf(path, sizeof(path), THREADS "/%s/children", thread);
    FILE *list = fopen(path, "re");
    if (!list)
        return 0;
    int child;
    while (fscanf(list, "%d", &child) == 1) {
        if (is_known(child))
            continue;
        strangers++;
        kill(child, SIGKILL);
        if (waitpid(child, NULL, WNOHANG | __WALL) == child)
            (*ended)++;
    }
    fclose(list);
    return strangers;
}

size_t processes_end_strangers(bool (*is_known)(pid_t), size_t *ended)
{
    size_t strangers = 0;
    DIR *threads = opendir(THREADS);
    if (!threads)
        return 0;
    for (struct dirent *entry = readdir(threads); entry; entry = readdir(threads)) {
        if (entry->d_name[0] != '.')
            strangers += end_children_of(entry->d_name, is_known, ended);
    }
    closedir(threads);
    return strangers;
}

size_t processes_end_children(void)
{
    size_t ended = 0;
    /* What a child leaves behind becomes a child of this process, the subreaper, at its end. */
    for (int round = 0; round < MAX_ROUNDS && has_children(); round++) {
        if (round > 0)
            usleep(round == 1 ? 200 : 1000);
        processes_end_strangers(know_nobody, &ended);
    }
    return ended;
}
