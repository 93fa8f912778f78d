#include "environment_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Follows links as far as they go, even if the last one leads nowhere. */
static void follow_links(const char *path, char *target)
{
    snprintf(target, PATH_MAX, "%s", path);
    for (int links = 0; links < 40; links++) {
        char next[PATH_MAX];
        ssize_t length = readlink(target, next, sizeof(next) - 1);
        if (length <= 0)
            return;
        next[length] = '\0';
        char *slash = next[0] == '/' ? NULL : strrchr(target, '/');
        size_t kept = slash ? (size_t)(slash - target) + 1 : 0;
        if (kept + (size_t)length >= PATH_MAX)
            return;
        memcpy(target + kept, next, (size_t)length + 1);
    }
}

static void describe_folder(const struct environment_folder *folder, const char *envs_dir, int why,
                            char *error, size_t capacity)
{
    if (why == ENOENT)
        snprintf(error, capacity, "there is no folder %s (ENVS_DIR=%s)", folder->prefix, envs_dir);
    else
        snprintf(error, capacity, "%s cannot be looked into by user %d: %s", folder->prefix,
                 (int)geteuid(), strerror(why));
}

static void describe_python(const struct environment_folder *folder, int why, char *error,
                            size_t capacity)
{
    char target[PATH_MAX];
    follow_links(folder->python, target);
    bool is_link = strcmp(target, folder->python) != 0;
    if (why == ENOENT && is_link)
        snprintf(error, capacity,
                 "its bin/python3 is a link to %s, which is not here; what a virtual environment "
                 "was made from must be at the same path here",
                 target);
    else if (why == ENOENT)
        snprintf(error, capacity, "%s is no Python environment, it has no bin/python3",
                 folder->prefix);
    else
        snprintf(error, capacity, "user %d may not run its bin/python3 (%s): %s", (int)geteuid(),
                 target, strerror(why));
}

bool environment_folder_open(struct environment_folder *folder, const char *envs_dir,
                             const char *name, char *error, size_t capacity)
{
    int length = snprintf(folder->prefix, PATH_MAX, "%s/%s", envs_dir, name);
    int whole = snprintf(folder->python, PATH_MAX, "%s/%s/bin/python3", envs_dir, name);
    if (length >= PATH_MAX || whole >= PATH_MAX) {
        snprintf(error, capacity, "the path is too long");
        return false;
    }
    struct stat status;
    if (stat(folder->prefix, &status) != 0) {
        describe_folder(folder, envs_dir, errno, error, capacity);
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        snprintf(error, capacity, "%s is no folder", folder->prefix);
        return false;
    }
    if (access(folder->prefix, X_OK) != 0) {
        describe_folder(folder, envs_dir, errno, error, capacity);
        return false;
    }
    if (access(folder->python, X_OK) != 0) {
        describe_python(folder, errno, error, capacity);
        return false;
    }
    return true;
}

bool environment_folder_is(const struct environment_folder *folder, const char *prefix)
{
    char own[PATH_MAX], other[PATH_MAX];
    return realpath(folder->prefix, own) && realpath(prefix, other) && strcmp(own, other) == 0;
}

static bool has(const struct environment_folder *folder, const char *name)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/%s", folder->prefix, name);
    return access(path, F_OK) == 0;
}

void environment_folder_activate(const struct environment_folder *folder, const char *name)
{
    char path[2 * PATH_MAX];
    const char *inherited = getenv("PATH");
    int length = snprintf(path, sizeof(path), "%s/bin:%s", folder->prefix,
                          inherited ? inherited : "/usr/local/bin:/usr/bin:/bin");
    if (length < (int)sizeof(path))
        setenv("PATH", path, 1);
    if (has(folder, "conda-meta")) {
        setenv("CONDA_PREFIX", folder->prefix, 1);
        setenv("CONDA_DEFAULT_ENV", name, 1);
    }
    if (has(folder, "pyvenv.cfg"))
        setenv("VIRTUAL_ENV", folder->prefix, 1);
}
