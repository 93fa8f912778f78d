#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE 65536

/* Without a name, so nothing is left of it whatever happens. */
static FILE *open_on_disk(void)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return tmpfile(); /* a file system that has none */
    FILE *file = fdopen(descriptor, "w+");
    if (!file)
        close(descriptor);
    return file;
}

static FILE *open_in_memory(void)
{
    int descriptor = memfd_create("standpy", MFD_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    FILE *file = fdopen(descriptor, "w+");
    if (!file)
        close(descriptor);
    return file;
}

static bool copy(FILE *in, FILE *out)
{
    char piece[PIECE];
    size_t count;
    while ((count = fread(piece, 1, sizeof(piece), in)) > 0) {
        if (fwrite(piece, 1, count, out) < count)
            return false;
    }
    return !ferror(in);
}

static bool move_to_disk(struct spool *spool)
{
    FILE *file = open_on_disk();
    if (!file)
        return false;
    rewind(spool->file);
    if (!copy(spool->file, file)) {
        int error = errno;
        fclose(file);
        errno = error;
        return false;
    }
    fclose(spool->file);
    spool->file = file;
    spool->is_on_disk = true;
    return true;
}

bool spool_write(struct spool *spool, struct slice bytes)
{
    if (!spool->file)
        spool->file = open_in_memory();
    if (!spool->file)
        return false;
    spool->size += bytes.length;
    return (spool->size <= SPOOL_IN_MEMORY || spool->is_on_disk || move_to_disk(spool)) &&
           fwrite(bytes.data, 1, bytes.length, spool->file) == bytes.length;
}

FILE *spool_read(struct spool *spool)
{
    if (!spool->file)
        spool->file = open_in_memory();
    if (!spool->file || fflush(spool->file) != 0)
        return NULL;
    rewind(spool->file);
    return spool->file;
}

bool spool_copy(struct spool *spool, FILE *out)
{
    FILE *in = spool_read(spool);
    return in && copy(in, out);
}

void spool_finish(struct spool *spool)
{
    if (spool->file)
        fclose(spool->file);
    memset(spool, 0, sizeof(*spool));
}
