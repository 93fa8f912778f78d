#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
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

static bool know_nobody(pid_t process)
{
    (void)process;
    return false;
}

/* Sends SIGKILL to the children of a thread (proc_pid_children(5)) that nobody knows. */
static size_t kill_children_of(const char *folder, const char *thread, bool (*is_known)(pid_t))
{
    size_t killed = 0;
    char path[320];
    snprintf(path, sizeof(path), "%s/%s/children", folder, thread);
    FILE *list = fopen(path, "re");
    if (!list)
        return 0;
    int child;
    while (fscanf(list, "%d", &child) == 1) {
        if (!is_known(child) && kill(child, SIGKILL) == 0)
            killed++;
    }
    fclose(list);
    return killed;
}

size_t processes_end_strangers(pid_t parent, bool (*is_known)(pid_t))
{
    size_t killed = 0;
    char folder[32];
    snprintf(folder, sizeof(folder), "/proc/%d/task", (int)parent);
    DIR *threads = opendir(folder);
    if (!threads)
        return 0;
    for (struct dirent *entry = readdir(threads); entry; entry = readdir(threads)) {
        if (entry->d_name[0] != '.')
            killed += kill_children_of(folder, entry->d_name, is_known);
    }
    closedir(threads);
    return killed;
}

size_t processes_end_children(void)
{
    size_t ended = 0;
    /* What a child leaves behind becomes a child of this process, the subreaper, at its end. */
    for (int round = 0; round < MAX_ROUNDS && has_children(); round++) {
        processes_end_strangers(getpid(), know_nobody);
        usleep(round == 0 ? 200 : 1000);
        int status;
        while (waitpid(-1, &status, WNOHANG) > 0)
            ended++;
    }
    return ended;
}
