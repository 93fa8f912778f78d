/*
 * Scratch folders, directly in a tmpfs, with names that nobody can guess; in each the working
 * directory of scripts. Everything is done by descriptors, whatever names and modes scripts have
 * given, and symbolic links are never followed.
 *
 * Nothing of the zygote's: the master removes folders as well.
 */
#ifndef STANDPY_SCRATCH_FOLDER_H
#define STANDPY_SCRATCH_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SCRATCH_NAME 96     /* bytes of the name of a scratch folder, with its null */
#define SCRATCH_WORK "work" /* the working directory in it */

/* The folder that scratch folders lie in. */
struct scratch {
    char path[PATH_MAX]; /* absolute, without symbolic links */
    int folder;          /* -1 if it cannot be opened just now */
    bool is_ours;        /* so that a script can change its mode */
    mode_t mode;         /* as it was at the start */
};

enum scratch_removal {
    SCRATCH_REMOVED,
    SCRATCH_LARGE, /* more entries than were allowed; some of them are gone */
    SCRATCH_STUCK, /* something in it cannot be removed; errno says why */
};

/* False with errno set. */
bool scratch_open(struct scratch *scratch, const char *path);

/* Puts its mode back: Landlock does not keep scripts from changing modes. */
void scratch_repair(struct scratch *scratch);

/*
 * Makes a folder of this engine with its working directory, puts its name into `name`, and returns
 * a descriptor of it, the caller's, with a lock (flock(2)): as long as anybody has that descriptor,
 * the folder is in use. -1 with errno set; a later attempt may work again.
 */
int scratch_make(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME]);

/* The same for one that is there already, empty. */
int scratch_take(const struct scratch *scratch, const char *name);

/*
 * Makes a used folder as a new one, up to so many entries: without content (but for an empty
 * working directory), attributes or anybody who knows its name, which it changes. False if it
 * cannot be done; the folder stays then.
 */
bool scratch_renew(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME],
                   size_t entries);

/*
 * Removes a folder with all that is in it, up to so many entries; 64 KiB of a file's content count
 * as one. SIZE_MAX: without a limit.
 */
enum scratch_removal scratch_remove(struct scratch *scratch, const char *name, size_t entries);

/* Whether it is the scratch folder of a runner of that engine, by its name. */
bool scratch_is_of(const char *name, const char *engine_id);

/* Finds one of those that nobody has, and that is not in use. False if there is none. */
bool scratch_find_other(struct scratch *scratch, const char *engine_id,
                        bool (*is_had)(const char *name), char name[SCRATCH_NAME]);

/* Removes the folder of an engine and all of its scratch folders, however long that takes. */
void scratch_remove_all(const char *path, const char *engine_id);

#endif
