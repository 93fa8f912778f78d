/*
 * What takes a path, for those of /dev/shm; any other goes to the C library as it is. And chmod(2),
 * which a filter refuses by a path (zygote/system_calls.c): by a descriptor, which Landlock
 * controls.
 */
#undef _FILE_OFFSET_BITS /* with it open() and its like are other names of open64() and its like   \
                          */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "names.h"

static bool takes_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

/* open(2) and openat(2), whose mode is there for some flags only. */
#define MODE                                                                                       \
    va_list rest;                                                                                  \
    va_start(rest, flags);                                                                         \
    mode_t mode = takes_mode(flags) ? va_arg(rest, mode_t) : 0;                                    \
    va_end(rest)

#define OPEN(name)                                                                                 \
    EXPORTED int name(const char *path, int flags, ...)                                            \
    {                                                                                              \
        static __typeof__(open) *next;                                                             \
        char own[NAMES_PATH];                                                                      \
        MODE;                                                                                      \
        const char *place = names_place(path, own);                                                \
        return place == own ? names_open(own, flags, mode) : NEXT(#name, next)(path, flags, mode); \
    }

#define OPEN_AT(name)                                                                              \
    EXPORTED int name(int folder, const char *path, int flags, ...)                                \
    {                                                                                              \
        static __typeof__(openat) *next;                                                           \
        char own[NAMES_PATH];                                                                      \
        MODE;                                                                                      \
        const char *place = names_place(path, own);                                                \
        return place == own ? names_open(own, flags, mode)                                         \
                            : NEXT(#name, next)(folder, path, flags, mode);                        \
    }

OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)

EXPORTED int unlink(const char *path)
{
    static __typeof__(unlink) *next;
    char own[NAMES_PATH];
    return NEXT("unlink", next)(names_place(path, own));
}

EXPORTED int unlinkat(int folder, const char *path, int flags)
{
    static __typeof__(unlinkat) *next;
    char own[NAMES_PATH];
    return NEXT("unlinkat", next)(folder, names_place(path, own), flags);
}

EXPORTED int access(const char *path, int mode)
{
    static __typeof__(access) *next;
    char own[NAMES_PATH];
    return NEXT("access", next)(names_place(path, own), mode);
}

#define STAT(name, type)                                                                           \
    EXPORTED int name(const char *path, type *status)                                              \
    {                                                                                              \
        static int (*next)(const char *, type *);                                                  \
        char own[NAMES_PATH];                                                                      \
        return NEXT(#name, next)(names_place(path, own), status);                                  \
    }

#define STAT_AT(name, type)                                                                        \
    EXPORTED int name(int folder, const char *path, type *status, int flags)                       \
    {                                                                                              \
        static int (*next)(int, const char *, type *, int);                                        \
        char own[NAMES_PATH];                                                                      \
        return NEXT(#name, next)(folder, names_place(path, own), status, flags);                   \
    }

/* The same for programs that were built for a glibc before 2.33, as conda's are. */
#define OLD_STAT(name)                                                                             \
    EXPORTED int name(int version, const char *path, struct stat *status)                          \
    {                                                                                              \
        static int (*next)(int, const char *, struct stat *);                                      \
        char own[NAMES_PATH];                                                                      \
        return NEXT(#name, next)(version, names_place(path, own), status);                         \
    }

int __xstat(int version, const char *path, struct stat *status);
int __xstat64(int version, const char *path, struct stat *status);
int __lxstat(int version, const char *path, struct stat *status);
int __lxstat64(int version, const char *path, struct stat *status);

STAT(stat, struct stat)
STAT(stat64, struct stat64)
STAT(lstat, struct stat)
STAT(lstat64, struct stat64)
STAT_AT(fstatat, struct stat)
STAT_AT(fstatat64, struct stat64)
OLD_STAT(__xstat)
OLD_STAT(__xstat64)
OLD_STAT(__lxstat)
OLD_STAT(__lxstat64)

static int open_to_change(int folder, const char *path, int flags)
{
    const int how =
        O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
    int file = (int)syscall(SYS_openat, folder, path, O_RDONLY | how);
    if (file >= 0 || errno != EACCES)
        return file;
    file = (int)syscall(SYS_openat, folder, path, O_WRONLY | how);
    if (file < 0)
        errno = EACCES; /* EISDIR, of a folder */
    return file;
}

static int change_mode(int folder, const char *path, mode_t mode, int flags)
{
    char own[NAMES_PATH];
    int file = open_to_change(folder, names_place(path, own), flags);
    if (file < 0 && errno == ENXIO)
        return 0; /* a socket: nobody comes to its folder, so its mode does not matter */
    if (file < 0)
        return -1;
    int result = fchmod(file, mode), failure = errno;
    close(file);
    errno = failure;
    return result;
}

EXPORTED int chmod(const char *path, mode_t mode)
{
    static __typeof__(chmod) *next;
    return names_are_own() ? change_mode(AT_FDCWD, path, mode, 0) : NEXT("chmod", next)(path, mode);
}

EXPORTED int fchmodat(int folder, const char *path, mode_t mode, int flags)
{
    static __typeof__(fchmodat) *next;
    return names_are_own() ? change_mode(folder, path, mode, flags)
                           : NEXT("fchmodat", next)(folder, path, mode, flags);
}
