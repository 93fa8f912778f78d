#include "native_threads.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS "/proc/self/task"

/* omp.h of OpenMP 5.0: omp_pause_hard */
#define PAUSE_HARD 2

#define MOST_ROUNDS 50 /* of a millisecond, until threads that were told to end are gone */

static nlink_t before;

/* The links of that folder are its threads and two more (fs/proc/base.c: proc_task_getattr). */
static nlink_t count(void)
{
    struct stat status;
    return stat(THREADS, &status) == 0 ? status.st_nlink : 0;
}

void native_threads_remember(void)
{
    before = count();
}

/* GNU's, LLVM's, Intel's; wheels bring their own under names such as libgomp-a34b3233.so.1.0.0. */
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

/* OpenBLAS and others end their threads before a fork and start new ones when there is work. */
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
        if (count() <= before)
            return true;
        usleep(1000);
    }
    return false;
}

bool native_threads_end(void)
{
    if (count() <= before)
        return true;
    dl_iterate_phdr(pause_openmp, NULL);
    if (count() > before)
        end_before_a_fork();
    return are_gone();
}
