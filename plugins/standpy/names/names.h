/*
 * standpy_names.so, preloaded (ld.so(8): LD_PRELOAD) into the zygote, and so into its runners and
 * into what their scripts start. Names of POSIX shared memory and semaphores are files of /dev/shm
 * for all processes of a machine (shm_overview(7), sem_overview(7)); here they are a runner's own:
 * they lie in a folder of its scratch folder, where no other runner comes, and are gone with it.
 *
 * A file directly in /dev/shm is one of these names, so who opens or removes one by its path means
 * the same file; multiprocessing.heap does.
 *
 * The folder is in the variable STANDPY_SHM; without it, all is the C library's. Names and errors
 * are glibc's: posix/shm-directory.c, rt/shm_open.c, sysdeps/pthread/sem_open.c.
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
 * The C library's own function of a name that is defined here. `pointer` is a static variable of
 * the function's type.
 */
#define NEXT(function, pointer)                                                                    \
    ((pointer) ? (pointer) : (*(void **)&(pointer) = dlsym(RTLD_NEXT, function), (pointer)))

/* Whether names are a runner's own. */
bool names_are_own(void);

/* Where a name lies; a slash before it is left out. False with errno set if it is none. */
bool names_path(char path[NAMES_PATH], const char *prefix, const char *name);

/*
 * Where a path of /dev/shm really lies: `own`, if it is that of a name, and not of the scratch
 * folder, which may lie there; else the path. errno stays.
 */
const char *names_place(const char *path, char own[NAMES_PATH]);

/* As open(2) and unlink(2), but that the folder is made with the first file. */
int names_open(const char *path, int flags, mode_t mode);
int names_unlink(const char *path);

/* Keeps a duplicate of the descriptor of a file that can only be opened once its mode changes. */
void modes_keep(int file);

/* As sem_open(3), for a path. SEM_FAILED with errno set. */
sem_t *named_semaphore_open(const char *path, int flags, mode_t mode, unsigned value);

/* False if it is none of those. */
bool named_semaphore_close(sem_t *semaphore);

#endif
