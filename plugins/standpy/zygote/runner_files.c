#include "runner_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOWEST_DESCRIPTOR 500
#define FIRST_OTHER       3

/* The file that a descriptor leads to; both 0: none. */
struct identity {
    dev_t device;
    ino_t inode;
};

static struct {
    struct identity nothing, out, err, channel, stack, result;
} remembered;

int runner_files_move(int descriptor)
{
    if (descriptor < 0)
        return -1;
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
    int failure = errno;
    close(descriptor);
    errno = failure;
    return moved;
}

static bool move(int *descriptor, int *highest)
{
    *descriptor = fcntl(*descriptor, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
    if (*descriptor > *highest)
        *highest = *descriptor;
    return *descriptor >= 0;
}

bool runner_files_arrange(struct runner_files *files)
{
    int highest = LOWEST_DESCRIPTOR;
    if (!move(&files->channel, &highest) || !move(&files->out, &highest) ||
        !move(&files->err, &highest) || !move(&files->stack, &highest) ||
        !move(&files->result, &highest) || !move(&files->folder, &highest) ||
        (files->ruleset >= 0 && !move(&files->ruleset, &highest)))
        return false;
    return dup2(files->out, STDOUT_FILENO) >= 0 && dup2(files->err, STDERR_FILENO) >= 0 &&
           syscall(SYS_close_range, FIRST_OTHER, LOWEST_DESCRIPTOR - 1, 0) == 0 &&
           syscall(SYS_close_range, highest + 1, ~0U, 0) == 0;
}

static struct identity identity_of(int descriptor)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return (struct identity){0, 0};
    return (struct identity){status.st_dev, status.st_ino};
}

static bool is_same(struct identity before, int descriptor)
{
    struct identity now = identity_of(descriptor);
    return now.device == before.device && now.inode == before.inode;
}

void runner_files_remember(const struct runner_files *files)
{
    remembered.nothing = identity_of(STDIN_FILENO);
    remembered.out = identity_of(files->out);
    remembered.err = identity_of(files->err);
    remembered.channel = identity_of(files->channel);
    remembered.stack = identity_of(files->stack);
    remembered.result = identity_of(files->result);
}

/* Puts a standard stream back from its duplicate. */
static bool restore_stream(int stream, int duplicate, struct identity before)
{
    return is_same(before, stream) || dup2(duplicate, stream) >= 0;
}

static bool restore_nothing(void)
{
    if (is_same(remembered.nothing, STDIN_FILENO))
        return true;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool restored = nothing >= 0 && (nothing == STDIN_FILENO ? fcntl(nothing, F_SETFD, 0) == 0
                                                             : dup2(nothing, STDIN_FILENO) >= 0);
    if (nothing > STDIN_FILENO)
        close(nothing);
    return restored;
}

bool runner_files_restore(const struct runner_files *files)
{
    bool kept = is_same(remembered.out, files->out) && is_same(remembered.err, files->err) &&
                is_same(remembered.channel, files->channel) &&
                is_same(remembered.stack, files->stack) &&
                is_same(remembered.result, files->result);
    return kept && restore_nothing() && restore_stream(STDOUT_FILENO, files->out, remembered.out) &&
           restore_stream(STDERR_FILENO, files->err, remembered.err);
}

bool runner_files_result_is_sealed(const struct runner_files *files)
{
    return !files->result_sent && fcntl(files->result, F_GET_SEALS) != 0;
}

void runner_files_replace_result(struct runner_files *files, int file)
{
    close(files->result);
    files->result = runner_files_move(file);
    files->result_sent = false;
    runner_files_remember(files);
}
