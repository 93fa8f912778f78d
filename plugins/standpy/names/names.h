/*
 * standpy_names.so, preloaded (ld.so(8): LD_PRELOAD) into the zygote, and so into its runners and
 * into what their scripts start. Names of POSIX shared memory and semaphores are files in /dev/shm
 * for all processes of a machine (shm_overview(7), sem_overview(7)). Here each runner has its own:
 * they lie in a folder of its scratch folder, which no other runner reaches, and go with it.
 *
 * A file directly in /dev/shm is one of these names, so a path of such a file leads to the same
 * folder; multiprocessing.heap uses such paths.
 *
 * The variable STANDPY_SHM names the folder; without it, the C library does all. Names and errors
 * are as in glibc: posix/shm-directory.c, rt/shm_open.c, sysdeps/pthread/sem_open.c.
 */
#ifndef STANDPY_NAMES_H
#define STANDPY_NAMES_H

#include <dlfcn.h>
#include <limits.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/types.h>

#define NAMES_PATH (PATH_MAX + NAME_MAX)

#define EXPORTED __attribute__((visibility("default")))

/*
 * The C library's own version of a function that is defined here. `pointer` is a static variable
 * of the function's type.
 */
#define NEXT(function, pointer)                                                                    \
    ((pointer) ? (pointer) : (*(void **)&(pointer) = dlsym(RTLD_NEXT, function), (pointer)))

/* Says whether names belong to a runner. */
bool names_are_own(void);

/* Writes the path of a name, without the name's leading slash. False with errno set if it is not a
 * valid name. */
bool names_path(char path[NAMES_PATH], const char *prefix, const char *name);

/*
 * The place where a path really leads: for a name in /dev/shm, `own`; else the path itself, as for
 * the scratch folder, which may lie in /dev/shm. Keeps errno.
 */
const char *names_place(const char *path, char own[NAMES_PATH]);

/* Like open(2) and unlink(2), but the first file makes the folder. */
int names_open(const char *path, int flags, mode_t mode);
int names_unlink(const char *path);

/* Keeps a duplicate of the descriptor, because the file cannot be opened until its mode changes. */
void modes_keep(int file);

/* Like sem_open(3), for a path. SEM_FAILED with errno set. */
sem_t *named_semaphore_open(const char *path, int flags, mode_t mode, unsigned value);

/* False if named_semaphore_open did not return it. */
bool named_semaphore_close(sem_t *semaphore);

#endif
