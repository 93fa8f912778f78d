#include "scratch.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool is_tmpfs(const char *path)
{
    struct statfs status;
    return statfs(path, &status) == 0 && status.f_type == TMPFS_MAGIC;
}

const char *scratch_choose(const char *wanted, char *error, size_t capacity)
{
    if (!wanted) {
        const char *const usual[] = {"/tmp", "/dev/shm"};
        for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++) {
            if (is_tmpfs(usual[i]) && access(usual[i], W_OK | X_OK) == 0)
                return usual[i];
        }
        snprintf(error, capacity,
                 "SCRATCH_DIR is unset, and neither /tmp nor /dev/shm is a tmpfs that can be "
                 "written; mount one and name it");
        return NULL;
    }
    if (access(wanted, W_OK | X_OK) != 0) {
        snprintf(error, capacity, "SCRATCH_DIR=%s is not allowed: %s", wanted, strerror(errno));
        return NULL;
    }
    if (!is_tmpfs(wanted)) {
        snprintf(error, capacity,
                 "SCRATCH_DIR=%s is not allowed: it is not on a tmpfs, and requests must not reach "
                 "a disk",
                 wanted);
        return NULL;
    }
    return wanted;
}
