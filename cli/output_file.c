#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the name leads, through links, so that a link stays one. A name that leads nowhere yet is
 * its own. */
static char *resolve(const char *name)
{
    char *path = realpath(name, NULL);
    return path || errno != ENOENT ? path : strdup(name);
}

static bool is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

static char *name_beside(const char *path)
{
    unsigned long number;
    char *beside = NULL;
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number) ||
        asprintf(&beside, "%.*s.standpy-%lx", folder, path, number) < 0)
        return NULL;
    return beside;
}

static bool open_beside(struct output_file *output, const struct stat *there)
{
    output->temporary = name_beside(output->path);
    if (!output->temporary)
        return false;
    int descriptor = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return false;
    }
    if (there)
        fchmod(descriptor, there->st_mode & 07777); /* of somebody else's file it may be refused */
    output->file = fdopen(descriptor, "w");
    if (!output->file)
        close(descriptor);
    return output->file != NULL;
}

bool output_file_prepare(struct output_file *output, const char *name, struct failure *failure)
{
    struct stat there;
    if (*name == '\0')
        return failure_set(failure, FAILURE_USAGE, "-o needs a file, and its name is empty");
    output->name = name;
    output->path = resolve(name);
    if (!output->path)
        return failure_of_file(failure, name);
    bool is_there = stat(output->path, &there) == 0;
    if (is_there && S_ISDIR(there.st_mode)) {
        errno = EISDIR;
        return failure_of_file(failure, name);
    }
    /* The file may be read-only although its folder is not: that is a no, as for cp. */
    if (is_there && access(output->path, W_OK) != 0)
        return failure_of_file(failure, name);
    bool is_file = is_there ? S_ISREG(there.st_mode) : !is_link(output->path);
    if (!is_file || open_beside(output, is_there ? &there : NULL))
        return true;
    /* A file in a folder that takes no other is written to, as all else that is there. */
    return (is_there && (errno == EACCES || errno == EPERM || errno == EROFS)) ||
           failure_of_file(failure, name);
}

bool output_file_is_hidden(const struct output_file *output)
{
    return output->temporary != NULL;
}

FILE *output_file_stream(struct output_file *output, struct failure *failure)
{
    if (!output->file)
        output->file = fopen(output->path, "we");
    if (!output->file)
        failure_of_file(failure, output->name);
    return output->file;
}

bool output_file_commit(struct output_file *output, struct failure *failure)
{
    bool is_whole = !ferror(output->file);
    is_whole = fclose(output->file) == 0 && is_whole;
    output->file = NULL;
    if (!is_whole || (output->temporary && rename(output->temporary, output->path) != 0))
        return failure_of_file(failure, output->name);
    free(output->temporary);
    output->temporary = NULL;
    return true;
}

void output_file_finish(struct output_file *output)
{
    if (output->file)
        fclose(output->file);
    if (output->temporary)
        unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    memset(output, 0, sizeof(*output));
}
