#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ROUNDS 100 /* each ends a generation of descendants */

void processes_adopt(void)
{
    setpgid(0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void processes_end_group(pid_t worker)
{
    if (worker > 0)
        kill(-worker, SIGKILL);
}

static bool has_children(void)
{
    siginfo_t info;
    /* Also those that have ended; WNOWAIT leaves them so. */
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

/* Sends SIGKILL to the children that a thread of this process has (proc_pid_children(5)). */
static void kill_children_of(const char *thread)
{
    char path[320];
    snprintf(path, sizeof(path), "/proc/self/task/%s/children", thread);
    FILE *list = fopen(path, "re");
    if (!list)
        return;
    int child;
    while (fscanf(list, "%d", &child) == 1)
        kill(child, SIGKILL);
    fclose(list);
}

static void kill_children(void)
{
    DIR *threads = opendir("/proc/self/task");
    if (!threads)
        return;
    for (struct dirent *entry = readdir(threads); entry; entry = readdir(threads)) {
        if (entry->d_name[0] != '.')
            kill_children_of(entry->d_name);
    }
    closedir(threads);
}

size_t processes_end_children(void)
{
    size_t ended = 0;
    /* What a child leaves behind becomes a child of this process, the subreaper, at its end. */
    for (int round = 0; round < MAX_ROUNDS && has_children(); round++) {
        kill_children();
        usleep(round == 0 ? 200 : 1000);
        int status;
        while (waitpid(-1, &status, WNOHANG) > 0)
            ended++;
    }
    return ended;
}
