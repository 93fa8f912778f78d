/*
 * chmod(2). The filter refuses it by a path (zygote/system_calls.c), so it goes by a descriptor
 * here, which Landlock controls.
 *
 * A file that may not be read or written cannot be opened. So if a process takes these rights away,
 * it keeps a descriptor of the file, and can give the rights back.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "names.h"

#define KEPT              16
#define LOWEST_DESCRIPTOR 600 /* out of the way of a script's own */

static struct kept {
    int file; /* 0: none */
    dev_t device;
    ino_t inode;
} kept[KEPT];
static size_t next_place;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void take_lock(void)
{
    pthread_mutex_lock(&lock);
}

static void give_lock(void)
{
    pthread_mutex_unlock(&lock);
}

/* A forked child has one thread, which must not wait for a lock that another thread held. */
__attribute__((constructor)) static void survive_forks(void)
{
    pthread_atfork(take_lock, give_lock, give_lock);
}

/* The script may have closed it, and opened another file at its number. */
static bool is_still(const struct kept *one)
{
    struct stat status;
    return one->file > 0 && fstat(one->file, &status) == 0 && status.st_dev == one->device &&
           status.st_ino == one->inode;
}

/* Takes a kept descriptor out, and the caller owns it; -1 if there is none. */
static int take_out(const struct stat *status)
{
    int file = -1;
    take_lock();
    for (size_t i = 0; i < KEPT && file < 0; i++) {
        if (kept[i].device != status->st_dev || kept[i].inode != status->st_ino)
            continue;
        if (is_still(&kept[i]))
            file = kept[i].file;
        kept[i] = (struct kept){0};
    }
    give_lock();
    return file;
}

/* If too many are kept, the oldest goes. */
void modes_keep(int file)
{
    struct stat status;
    int moved = fcntl(file, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
    if (moved < 0 || fstat(moved, &status) != 0)
        return;
    int former = take_out(&status);
    if (former >= 0)
        close(former);
    take_lock();
    struct kept *place = &kept[next_place++ % KEPT];
    if (is_still(place))
        close(place->file);
    *place = (struct kept){moved, status.st_dev, status.st_ino};
    give_lock();
}

static int find_kept(int folder, const char *path, int flags)
{
    struct stat status;
    if (fstatat(folder, path, &status, flags & AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    int file = take_out(&status);
    if (file < 0)
        errno = EACCES;
    return file;
}

static int open_to_change(int folder, const char *path, int flags)
{
    const int how =
        O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
    int file = (int)syscall(SYS_openat, folder, path, O_RDONLY | how);
    if (file >= 0 || errno != EACCES)
        return file;
    file = (int)syscall(SYS_openat, folder, path, O_WRONLY | how);
    return file >= 0 ? file : find_kept(folder, path, flags);
}

static int change_mode(int folder, const char *path, mode_t mode, int flags)
{
    char own[NAMES_PATH];
    int file = open_to_change(folder, names_place(path, own), flags);
    if (file < 0 && errno == ENXIO)
        return 0; /* a socket: its mode does not matter, because nobody else reaches its folder */
    if (file < 0)
        return -1;
    int result = fchmod(file, mode), failure = errno;
    if (result == 0 && (mode & S_IRUSR) == 0)
        modes_keep(file);
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
