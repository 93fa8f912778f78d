#include "engine_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scratch_folder.h"

#define PREFIX "standpy-"

bool engine_lock(const char *scratch_dir, char id[ENGINE_ID_CAPACITY], char *error, size_t capacity)
{
    char path[PATH_MAX];
    uint64_t random = 0;
    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        random = (uint64_t)getpid();
    snprintf(id, ENGINE_ID_CAPACITY, "%d-%016llx", (int)getpid(), (unsigned long long)random);
    snprintf(path, sizeof(path), "%s/" PREFIX "%s", scratch_dir, id);
    int folder = mkdir(path, 0700) == 0 ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (folder >= 0 && flock(folder, LOCK_EX | LOCK_NB) == 0)
        return true; /* the descriptor stays open, and so holds the lock */
    snprintf(error, capacity, "cannot make a folder in %s: %s", scratch_dir, strerror(errno));
    return false;
}

/* "standpy-<digits>-<16 hexadecimal digits>" and no more. */
static bool is_engine_folder(const char *name)
{
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
        return false;
    const char *number = name + strlen(PREFIX);
    size_t digits = strspn(number, "0123456789");
    const char *random = number + digits + 1;
    return digits > 0 && number[digits] == '-' && strspn(random, "0123456789abcdef") == 16 &&
           random[16] == '\0';
}

/* Says whether nobody holds the folder's lock. The folder has to be ours. */
static bool is_abandoned(int parent, const char *name)
{
    struct stat status;
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(status.st_mode) ||
        status.st_uid != geteuid())
        return false;
    fchmodat(parent, name, 0700, 0); /* a script may have changed it */
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool abandoned = folder >= 0 && flock(folder, LOCK_EX | LOCK_NB) == 0;
    if (folder >= 0)
        close(folder);
    return abandoned;
}

size_t engine_lock_clear(const char *scratch_dir)
{
    DIR *parent = opendir(scratch_dir);
    size_t cleared = 0;
    for (struct dirent *entry = parent ? readdir(parent) : NULL; entry; entry = readdir(parent)) {
        if (!is_engine_folder(entry->d_name) || !is_abandoned(dirfd(parent), entry->d_name))
            continue;
        scratch_remove_all(scratch_dir, entry->d_name + strlen(PREFIX));
        cleared++;
    }
    if (parent)
        closedir(parent);
    return cleared;
}
