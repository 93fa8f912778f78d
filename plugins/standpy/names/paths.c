/*
 * Functions that take a path: translates paths in /dev/shm, and passes all others to the C library
 * unchanged. chmod(2) is in modes.c.
 */
#undef _FILE_OFFSET_BITS /* with it open() and its like are other names of open64() and its like   \
                          */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "names.h"

static bool takes_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

static int made(int file, int flags, mode_t mode)
{
    if (file >= 0 && takes_mode(flags) && (mode & S_IRUSR) == 0 && names_are_own())
        modes_keep(file);
    return file;
}

/* For open(2) and openat(2), which have a mode only with some flags. */
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
        return place == own ? names_open(own, flags, mode)                                         \
                            : made(NEXT(#name, next)(path, flags, mode), flags, mode);             \
    }

#define OPEN_AT(name)                                                                              \
    EXPORTED int name(int folder, const char *path, int flags, ...)                                \
    {                                                                                              \
        static __typeof__(openat) *next;                                                           \
        char own[NAMES_PATH];                                                                      \
        MODE;                                                                                      \
        const char *place = names_place(path, own);                                                \
        return place == own ? names_open(own, flags, mode)                                         \
                            : made(NEXT(#name, next)(folder, path, flags, mode), flags, mode);     \
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

/* The same for programs that were built for a glibc before 2.33, such as conda's. */
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
