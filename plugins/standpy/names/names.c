#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEVICE "/dev/shm/"

static const char *folder_of_names(void)
{
    const char *folder = getenv("STANDPY_SHM");
    return folder && folder[0] == '/' ? folder : NULL;
}

bool names_are_own(void)
{
    return folder_of_names() != NULL;
}

bool names_path(char path[NAMES_PATH], const char *prefix, const char *name)
{
    const char *folder = folder_of_names();
    name += strspn(name, "/");
    bool is_dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    if (!folder || name[0] == '\0' || strchr(name, '/') || is_dots) {
        errno = EINVAL;
        return false;
    }
    int length = snprintf(path, NAMES_PATH, "%s/%s%s", folder, prefix, name);
    if (strlen(prefix) + strlen(name) <= NAME_MAX && length < NAMES_PATH)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

static bool is_before(const char *path, const char *longer)
{
    size_t length = strlen(path);
    return strncmp(path, longer, length) == 0 && longer[length] == '/';
}

const char *names_place(const char *path, char own[NAMES_PATH])
{
    const size_t length = sizeof(DEVICE) - 1;
    const char *folder;
    if (!path || strncmp(path, DEVICE, length) != 0 || !(folder = folder_of_names()) ||
        is_before(path, folder))
        return path;
    int saved = errno;
    bool is_name = names_path(own, "", path + length);
    errno = saved;
    return is_name ? own : path;
}

/* Makes system calls, because the functions are intercepted, here (paths.c) or by others. */
static int open_path(const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int names_open(const char *path, int flags, mode_t mode)
{
    int file = open_path(path, flags, mode);
    if (file >= 0 || errno != ENOENT || (flags & O_CREAT) == 0)
        return file;
    const char *folder = folder_of_names();
    if (folder)
        syscall(SYS_mkdirat, AT_FDCWD, folder, 0700);
    return open_path(path, flags, mode);
}

int names_unlink(const char *path)
{
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

static int unlink_name(const char *prefix, const char *name)
{
    char path[NAMES_PATH];
    if (!names_path(path, prefix, name)) {
        errno = ENOENT;
        return -1;
    }
    int result = names_unlink(path);
    if (result != 0 && errno == EPERM)
        errno = EACCES;
    return result;
}

EXPORTED int shm_open(const char *name, int flags, mode_t mode)
{
    static __typeof__(shm_open) *next;
    char path[NAMES_PATH];
    if (!names_are_own())
        return NEXT("shm_open", next)(name, flags, mode);
    if (!names_path(path, "", name))
        return -1;
    int file = names_open(path, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    if (file < 0 && errno == EISDIR)
        errno = EINVAL;
    return file;
}

EXPORTED int shm_unlink(const char *name)
{
    static __typeof__(shm_unlink) *next;
    return names_are_own() ? unlink_name("", name) : NEXT("shm_unlink", next)(name);
}

EXPORTED sem_t *sem_open(const char *name, int flags, ...)
{
    static __typeof__(sem_open) *next;
    char path[NAMES_PATH];
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    unsigned value = flags & O_CREAT ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    if (!names_are_own())
        return NEXT("sem_open", next)(name, flags, mode, value);
    if (!names_path(path, "sem.", name))
        return SEM_FAILED;
    return named_semaphore_open(path, flags, mode, value);
}

EXPORTED int sem_close(sem_t *semaphore)
{
    static __typeof__(sem_close) *next;
    return named_semaphore_close(semaphore) ? 0 : NEXT("sem_close", next)(semaphore);
}

EXPORTED int sem_unlink(const char *name)
{
    static __typeof__(sem_unlink) *next;
    return names_are_own() ? unlink_name("sem.", name) : NEXT("sem_unlink", next)(name);
}
