#include "scratch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "folder_emptying.h"
#include "random_name.h"

#define PREFIX "standpy-"

/* The folder that the others lie in */

static bool open_parent(struct scratch *scratch)
{
    if (scratch->folder >= 0)
        close(scratch->folder);
    scratch->folder = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return scratch->folder >= 0;
}

bool scratch_open(struct scratch *scratch, const char *path)
{
    struct stat status;
    *scratch = (struct scratch){.folder = -1};
    if (!realpath(path, scratch->path) || !open_parent(scratch) ||
        fstat(scratch->folder, &status) != 0)
        return false;
    scratch->is_ours = status.st_uid == geteuid();
    scratch->mode = status.st_mode & 07777;
    return true;
}

void scratch_repair(struct scratch *scratch)
{
    struct stat status;
    if (scratch->is_ours && scratch->folder >= 0 && fstat(scratch->folder, &status) == 0 &&
        (status.st_mode & 07777) != scratch->mode)
        fchmod(scratch->folder, scratch->mode);
}

/* Making */

static int take_folder(const struct scratch *scratch, const char *name)
{
    int made = openat(scratch->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (made >= 0 && flock(made, LOCK_EX | LOCK_NB) == 0)
        return made;
    int failure = errno;
    if (made >= 0)
        close(made);
    unlinkat(scratch->folder, name, AT_REMOVEDIR);
    errno = failure;
    return -1;
}

/* By now another folder may lie at its path, or nothing. */
static bool find_parent(struct scratch *scratch)
{
    struct stat held, named;
    scratch_repair(scratch);
    if (scratch->folder >= 0 && fstat(scratch->folder, &held) == 0 &&
        stat(scratch->path, &named) == 0 && held.st_dev == named.st_dev &&
        held.st_ino == named.st_ino)
        return true;
    return open_parent(scratch);
}

static bool name_new(const char *engine_id, char name[SCRATCH_NAME])
{
    char random[RANDOM_NAME];
    if (!random_name(random))
        return false;
    if (snprintf(name, SCRATCH_NAME, PREFIX "%s-%s", engine_id, random) < SCRATCH_NAME)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

int scratch_make(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME])
{
    bool can_be_made = name_new(engine_id, name) && find_parent(scratch);
    int made =
        can_be_made && mkdirat(scratch->folder, name, 0700) == 0 ? take_folder(scratch, name) : -1;
    if (made < 0 || mkdirat(made, SCRATCH_WORK, 0700) == 0)
        return made;
    int failure = errno;
    unlinkat(scratch->folder, name, AT_REMOVEDIR);
    close(made);
    errno = failure;
    return -1;
}

int scratch_take(const struct scratch *scratch, const char *name)
{
    return take_folder(scratch, name);
}

/* Removing */

static enum scratch_removal remove_from(int parent, const char *name, size_t entries)
{
    DIR *top = folder_open(parent, name);
    if (!top) /* it is gone, or a script without a sandbox has replaced it */
        return errno == ENOENT || unlinkat(parent, name, 0) == 0 ? SCRATCH_REMOVED : SCRATCH_STUCK;
    const struct emptied emptied = folder_empty(top, NULL, entries);
    closedir(top);
    if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return SCRATCH_REMOVED;
    if (emptied.failure != 0)
        errno = emptied.failure;
    return emptied.left == 0 ? SCRATCH_LARGE : SCRATCH_STUCK;
}

enum scratch_removal scratch_remove(struct scratch *scratch, const char *name, size_t entries)
{
    if (scratch->folder < 0 && !open_parent(scratch))
        return SCRATCH_STUCK;
    scratch_repair(scratch);
    return remove_from(scratch->folder, name, entries);
}

/* Using again */

/* Removes extended attributes, and with them access control lists, which new files would inherit
 * (acl(5)). */
static bool has_no_attributes(int folder)
{
    char names[XATTR_LIST_MAX];
    ssize_t length = flistxattr(folder, names, sizeof(names));
    if (length < 0)
        return errno == ENOTSUP;
    for (const char *name = names; name < names + length; name += strlen(name) + 1) {
        bool is_the_systems = strncmp(name, "security.", 9) == 0;
        if (!is_the_systems && fremovexattr(folder, name) != 0)
            return false;
    }
    return true;
}

/* Empties a folder and makes it as new; false if there is too much in it, or something stays. */
static bool renew(DIR *folder, const char *kept, size_t *entries)
{
    const struct emptied emptied = folder_empty(folder, kept, *entries);
    *entries = emptied.left;
    return emptied.left > 0 && emptied.failure == 0 && fchmod(dirfd(folder), 0700) == 0 &&
           has_no_attributes(dirfd(folder));
}

/* Keeps the same working directory, because if no file can be made, no other can replace it. */
static bool renew_work(int folder, size_t *entries)
{
    DIR *work = folder_open(folder, SCRATCH_WORK);
    bool is_new = work && renew(work, NULL, entries);
    if (work)
        closedir(work);
    return is_new;
}

bool scratch_renew(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME],
                   size_t entries)
{
    char next[SCRATCH_NAME];
    scratch_repair(scratch);
    DIR *top = folder_open(scratch->folder, name);
    if (!top)
        return false;
    bool is_new = renew_work(dirfd(top), &entries) && renew(top, SCRATCH_WORK, &entries) &&
                  name_new(engine_id, next) &&
                  renameat(scratch->folder, name, scratch->folder, next) == 0;
    closedir(top);
    if (is_new)
        strcpy(name, next);
    return is_new;
}

/* All of an engine */

/* What follows "standpy-<id>" in a name; NULL if it begins otherwise. */
static const char *rest_of_name(const char *name, const char *engine_id)
{
    size_t prefix = strlen(PREFIX), length = strlen(engine_id);
    bool same =
        strncmp(name, PREFIX, prefix) == 0 && strncmp(name + prefix, engine_id, length) == 0;
    return same ? name + prefix + length : NULL;
}

static DIR *list(const struct scratch *scratch)
{
    int folder = openat(scratch->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;
    if (folder >= 0 && !entries)
        close(folder);
    return entries;
}

bool scratch_is_of(const char *name, const char *engine_id)
{
    const char *rest = rest_of_name(name, engine_id);
    return rest && rest[0] == '-' && !strchr(rest, '/') && strlen(name) < SCRATCH_NAME;
}

static bool is_used(const struct scratch *scratch, const char *name)
{
    DIR *folder = folder_open(scratch->folder, name);
    bool used = folder && flock(dirfd(folder), LOCK_EX | LOCK_NB) != 0;
    if (folder)
        closedir(folder);
    return used;
}

bool scratch_find_other(struct scratch *scratch, const char *engine_id,
                        bool (*is_had)(const char *name), char name[SCRATCH_NAME])
{
    bool found = false;
    DIR *entries = find_parent(scratch) ? list(scratch) : NULL;
    const char *entry;
    while (entries && !found && (entry = folder_next(entries))) {
        found = scratch_is_of(entry, engine_id) && !is_had(entry) && !is_used(scratch, entry);
        if (found)
            strcpy(name, entry);
    }
    if (entries)
        closedir(entries);
    return found;
}

/* A script may have taken away the mode of the folder that holds all of them. */
static void make_accessible(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && status.st_uid == geteuid() && (status.st_mode & 0700) != 0700)
        chmod(path, (status.st_mode & 07777) | 0700);
}

void scratch_remove_all(const char *path, const char *engine_id)
{
    struct scratch scratch;
    make_accessible(path);
    if (!scratch_open(&scratch, path))
        return;
    DIR *entries = list(&scratch);
    const char *entry;
    while (entries && (entry = folder_next(entries))) {
        const char *rest = rest_of_name(entry, engine_id);
        if (rest && (rest[0] == '\0' || rest[0] == '-'))
            remove_from(scratch.folder, entry, SIZE_MAX);
    }
    if (entries)
        closedir(entries);
    close(scratch.folder);
}
