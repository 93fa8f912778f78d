#include "native_threads.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS "/proc/self/task"

/* omp.h of OpenMP 5.0: omp_pause_hard */
#define PAUSE_HARD 2

#define MOST_ROUNDS 50 /* milliseconds until threads that were told to end are gone */

static size_t before; /* threads that there may be */
static size_t others; /* those of them that do not survive a fork */

/* That folder has a link for each thread, and two more (fs/proc/base.c: proc_task_getattr). */
static size_t count(void)
{
    struct stat status;
    return stat(THREADS, &status) == 0 ? status.st_nlink - 2 : 0;
}

/* jemalloc's does, which pyarrow starts when it is imported: a fork's child makes it anew. */
static bool survives_a_fork(const char *thread)
{
    char path[sizeof(THREADS) + NAME_MAX + sizeof("//comm")], name[32] = "";
    snprintf(path, sizeof(path), THREADS "/%s/comm", thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, name, sizeof(name) - 1) : -1;
    if (file >= 0)
        close(file);
    return length > 0 && strcmp(name, "jemalloc_bg_thd\n") == 0;
}

static size_t count_those_that_survive(void)
{
    size_t found = 0;
    DIR *threads = opendir(THREADS);
    if (!threads)
        return 0;
    for (struct dirent *entry = readdir(threads); entry; entry = readdir(threads))
        found += entry->d_name[0] != '.' && survives_a_fork(entry->d_name);
    closedir(threads);
    return found;
}

/* Threads that survive a fork may stay from now on. */
static bool are_as_before(void)
{
    size_t now = count();
    if (now <= before)
        return true;
    if (now - count_those_that_survive() > others)
        return false;
    before = now;
    return true;
}

void native_threads_remember(void)
{
    before = count();
    others = before - count_those_that_survive();
}

/* GNU's, LLVM's, Intel's. Wheels bring their own, with names such as libgomp-a34b3233.so.1.0.0. */
static bool is_openmp(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    return strncmp(name, "libgomp", 7) == 0 || strncmp(name, "libomp", 6) == 0 ||
           strncmp(name, "libiomp", 7) == 0;
}

static int pause_openmp(struct dl_phdr_info *library, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (!is_openmp(library->dlpi_name))
        return 0;
    void *handle = dlopen(library->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
    if (!handle)
        return 0;
    int (*pause_all)(int) = NULL;
    *(void **)&pause_all = dlsym(handle, "omp_pause_resource_all");
    if (pause_all)
        pause_all(PAUSE_HARD);
    dlclose(handle);
    return 0;
}

/* OpenBLAS and others end their threads before a fork, and start new ones when there is work. */
static void end_before_a_fork(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    if (child > 0)
        waitpid(child, NULL, 0);
}

static bool are_gone(void)
{
    for (int round = 0; round < MOST_ROUNDS; round++) {
        if (are_as_before())
            return true;
        usleep(1000);
    }
    return false;
}

bool native_threads_end(void)
{
    if (are_as_before())
        return true;
    dl_iterate_phdr(pause_openmp, NULL);
    if (!are_as_before())
        end_before_a_fork();
    return are_gone();
}

bool native_threads_end_at_fork(void)
{
    if (!are_as_before())
        end_before_a_fork();
    return are_gone();
}
