/*
 * Semaphores with a name. Each is a file, which all its users map. sem_init(3) makes it, because
 * sem_wait(3) and sem_post(3) take the same struct for semaphores with and without a name.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "names.h"

#define ATTEMPTS 50 /* to find a name that is not in use yet */

/* The ones that this process has open: to open one twice gives the same address (POSIX). */
struct open_semaphore {
    struct open_semaphore *next;
    dev_t device;
    ino_t inode;
    sem_t *semaphore;
    unsigned count; /* calls of sem_open without a sem_close */
};

static struct open_semaphore *list;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct open_semaphore *find(const struct stat *status)
{
    struct open_semaphore *one = list;
    while (one && (one->device != status->st_dev || one->inode != status->st_ino))
        one = one->next;
    return one;
}

static sem_t *map(int file, const struct stat *status)
{
    struct open_semaphore *one = malloc(sizeof(*one));
    if (!one)
        return SEM_FAILED;
    sem_t *semaphore = mmap(NULL, sizeof(sem_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (semaphore == MAP_FAILED) {
        free(one);
        return SEM_FAILED;
    }
    *one = (struct open_semaphore){list, status->st_dev, status->st_ino, semaphore, 1};
    list = one;
    return semaphore;
}

/* Takes ownership of the descriptor. */
static sem_t *open_file(int file)
{
    struct stat status;
    sem_t *semaphore = SEM_FAILED;
    pthread_mutex_lock(&lock);
    if (fstat(file, &status) == 0) {
        struct open_semaphore *one = find(&status);
        if (one) {
            one->count++;
            semaphore = one->semaphore;
        } else if (status.st_size < (off_t)sizeof(sem_t)) {
            errno = EINVAL;
        } else {
            semaphore = map(file, &status);
        }
    }
    pthread_mutex_unlock(&lock);
    int failure = errno;
    close(file);
    errno = failure;
    return semaphore;
}

/* Makes a file with a new semaphore, under a name that nobody knows. -1 with errno set. */
static int make_file(char temporary[NAMES_PATH + 16], const char *path, mode_t mode, unsigned value)
{
    static unsigned serial;
    sem_t new;
    memset(&new, 0, sizeof(new));
    if (sem_init(&new, 1, value) != 0)
        return -1; /* EINVAL: the value is too large */
    int file = -1;
    for (int i = 0; i < ATTEMPTS && file < 0; i++) {
        snprintf(temporary, NAMES_PATH + 16, "%s.%d.%u", path, (int)getpid(),
                 __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED));
        file = names_open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file < 0 && errno != EEXIST)
            return -1;
    }
    if (file >= 0 && write(file, &new, sizeof(new)) != sizeof(new)) {
        int failure = errno;
        close(file);
        names_unlink(temporary);
        errno = failure;
        return -1;
    }
    return file;
}

/* Makes it so that others see it whole or not at all. -1 with errno set; EEXIST if somebody was
 * faster. */
static int make(const char *path, mode_t mode, unsigned value)
{
    char temporary[NAMES_PATH + 16];
    int file = make_file(temporary, path, mode, value);
    if (file < 0)
        return -1;
    int failure = syscall(SYS_linkat, AT_FDCWD, temporary, AT_FDCWD, path, 0) == 0 ? 0 : errno;
    names_unlink(temporary);
    if (failure == 0)
        return file;
    close(file);
    errno = failure;
    return -1;
}

sem_t *named_semaphore_open(const char *path, int flags, mode_t mode, unsigned value)
{
    const int how = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
    bool creates = (flags & O_CREAT) != 0, only_creates = creates && (flags & O_EXCL) != 0;
    for (;;) {
        int file = only_creates ? -1 : names_open(path, how, 0);
        if (file < 0 && creates && (only_creates || errno == ENOENT))
            file = make(path, mode, value);
        if (file >= 0)
            return open_file(file);
        if (errno != EEXIST || only_creates)
            return SEM_FAILED;
    }
}

bool named_semaphore_close(sem_t *semaphore)
{
    pthread_mutex_lock(&lock);
    struct open_semaphore **place = &list;
    while (*place && (*place)->semaphore != semaphore)
        place = &(*place)->next;
    struct open_semaphore *one = *place;
    bool ended = one && --one->count == 0;
    if (ended)
        *place = one->next;
    pthread_mutex_unlock(&lock);
    if (ended) {
        munmap(one->semaphore, sizeof(sem_t));
        free(one);
    }
    return one != NULL;
}
