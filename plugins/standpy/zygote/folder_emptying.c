#include "folder_emptying.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "random_name.h"

#define ENTRY_BYTES 65536 /* so many bytes of a file's content count as an entry */

/* The top folder that is being emptied. Deep folders move up into it, so no path is ever long. */
struct emptying {
    int top;
    const char *kept; /* a name in the top folder that stays, or NULL */
    size_t left;      /* entries that may still be looked at */
    bool any_done;    /* something was, since the last look at the top folder */
    int failure;      /* errno of the last failure */
};

/*
 * An O_PATH descriptor needs no permission, but fchmod(2) refuses it; chmod(2) by its name in /proc
 * changes just that folder. To remove entries takes the same mode.
 */
DIR *folder_open(int parent, const char *name)
{
    struct stat status;
    char own_name[32];
    int place = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0)
        return NULL;
    if (fstat(place, &status) == 0 && (status.st_mode & 0700) != 0700) {
        snprintf(own_name, sizeof(own_name), "/proc/self/fd/%d", place);
        chmod(own_name, 0700); /* if it fails, the next call fails too */
    }
    int folder = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(place);
    DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;
    if (folder >= 0 && !entries)
        close(folder);
    return entries;
}

const char *folder_next(DIR *folder)
{
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return entry->d_name;
    }
    return NULL;
}

/* What an entry costs: freeing its memory takes time, too. */
static void account(struct emptying *emptying, int folder, const char *name)
{
    struct stat status;
    size_t cost = 1;
    if (emptying->left != SIZE_MAX && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode))
        cost += (size_t)status.st_blocks * 512 / ENTRY_BYTES;
    if (emptying->left != SIZE_MAX)
        emptying->left -= cost < emptying->left ? cost : emptying->left;
}

/* Unlinks anything but a folder. False for a folder. */
static bool unlink_entry(struct emptying *emptying, int folder, const char *name)
{
    account(emptying, folder, name);
    if (emptying->left == 0)
        return true; /* it stays */
    if (unlinkat(folder, name, 0) == 0) {
        emptying->any_done = true;
        return true;
    }
    if (errno == EISDIR || errno == EPERM) /* POSIX has EPERM for a folder */
        return false;
    emptying->failure = errno;
    return true;
}

static void move_up(struct emptying *emptying, int folder, const char *name)
{
    char random[RANDOM_NAME];
    DIR *opened = folder_open(folder, name); /* to move a folder takes the right to write to it */
    if (opened)
        closedir(opened);
    if (random_name(random) && renameat(folder, name, emptying->top, random) == 0)
        emptying->any_done = true;
    else
        emptying->failure = errno;
}

/* Empties a folder in the top folder, and removes it. */
static void remove_one(struct emptying *emptying, const char *name)
{
    DIR *folder = folder_open(emptying->top, name);
    const char *entry;
    while (folder && emptying->left > 0 && (entry = folder_next(folder))) {
        if (!unlink_entry(emptying, dirfd(folder), entry))
            move_up(emptying, dirfd(folder), entry);
    }
    if (folder)
        closedir(folder);
    if (unlinkat(emptying->top, name, AT_REMOVEDIR) == 0)
        emptying->any_done = true;
    else
        emptying->failure = errno;
}

/* Goes through the top folder once. False if nothing is left in it, or nothing could be done. */
static bool remove_some(struct emptying *emptying, DIR *top)
{
    const char *entry;
    bool any = false;
    emptying->any_done = false;
    rewinddir(top);
    while (emptying->left > 0 && (entry = folder_next(top))) {
        if (emptying->kept && strcmp(entry, emptying->kept) == 0)
            continue;
        any = true;
        if (!unlink_entry(emptying, emptying->top, entry))
            remove_one(emptying, entry);
    }
    return any && emptying->any_done;
}

struct emptied folder_empty(DIR *top, const char *kept, size_t entries)
{
    struct emptying emptying = {.top = dirfd(top), .kept = kept, .left = entries};
    while (emptying.left > 0 && remove_some(&emptying, top))
        continue;
    return (struct emptied){.left = emptying.left, .failure = emptying.failure};
}
