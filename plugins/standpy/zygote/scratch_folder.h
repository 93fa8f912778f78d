/*
 * Scratch folders. They lie directly in a tmpfs, have names that nobody can guess, and each holds
 * the working directory of scripts. All functions work by descriptors, whatever names and modes
 * scripts have set, and never follow a symbolic link.
 *
 * This file uses nothing of the zygote, because the master removes folders, too.
 */
#ifndef STANDPY_SCRATCH_FOLDER_H
#define STANDPY_SCRATCH_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SCRATCH_NAME 96     /* bytes of the name of a scratch folder, including its null */
#define SCRATCH_WORK "work" /* the working directory in it */

/* The folder that scratch folders lie in. */
struct scratch {
    char path[PATH_MAX]; /* absolute, without symbolic links */
    int folder;          /* -1 if it cannot be opened now */
    bool is_ours;        /* it belongs to our user, so a script can change its mode */
    mode_t mode;         /* as it was at the start */
};

enum scratch_removal {
    SCRATCH_REMOVED,
    SCRATCH_LARGE, /* it has more entries than allowed; some of them are gone */
    SCRATCH_STUCK, /* something in it cannot be removed; errno says why */
};

/* False with errno set. */
bool scratch_open(struct scratch *scratch, const char *path);

/* Puts its mode back: Landlock does not keep scripts from changing modes. */
void scratch_repair(struct scratch *scratch);

/*
 * Makes a folder of this engine with its working directory, and puts its name into `name`. Returns
 * a descriptor, which the caller owns, with a lock (flock(2)): while anybody holds that descriptor,
 * the folder is in use. -1 with errno set; a later call may succeed.
 */
int scratch_make(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME]);

/* The same for an empty folder that already exists. */
int scratch_take(const struct scratch *scratch, const char *name);

/*
 * Makes a used folder as new: removes its content, up to so many entries, and its attributes, and
 * gives it a name that nobody knows. The working directory stays, empty. False if that fails; then
 * the folder stays.
 */
bool scratch_renew(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME],
                   size_t entries);

/*
 * Removes a folder with all that is in it, up to so many entries; 64 KiB of a file's content count
 * as one. SIZE_MAX: without a limit.
 */
enum scratch_removal scratch_remove(struct scratch *scratch, const char *name, size_t entries);

/* Says whether a folder of that name belongs to a runner of that engine. */
bool scratch_is_of(const char *name, const char *engine_id);

/* Finds a folder of the engine that is_had does not know and that is not in use. False if there is
 * none. */
bool scratch_find_other(struct scratch *scratch, const char *engine_id,
                        bool (*is_had)(const char *name), char name[SCRATCH_NAME]);

/* Removes the folder of an engine and all of its scratch folders, however long that takes. */
void scratch_remove_all(const char *path, const char *engine_id);

#endif
