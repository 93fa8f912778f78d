#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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
    size_t size = (size_t)spool->size;
    if (!file)
        return false;
    if (fwrite(spool->bytes, 1, size, file) < size) {
        int error = errno;
        fclose(file);
        errno = error;
        return false;
    }
    free(spool->bytes);
    spool->bytes = NULL;
    spool->file = file;
    spool->is_on_disk = true;
    return true;
}

static bool keep_in_memory(struct spool *spool, struct slice bytes)
{
    size_t size = (size_t)spool->size + bytes.length;
    if (size > spool->capacity) {
        size_t capacity = size * 2 < SPOOL_IN_MEMORY ? size * 2 : SPOOL_IN_MEMORY;
        char *longer = realloc(spool->bytes, capacity);
        if (!longer)
            return false;
        spool->bytes = longer;
        spool->capacity = capacity;
    }
    memcpy(spool->bytes + spool->size, bytes.data, bytes.length);
    spool->size = size;
    return true;
}

bool spool_write(struct spool *spool, struct slice bytes)
{
    if (bytes.length == 0)
        return true;
    if (!spool->is_on_disk && spool->size + bytes.length <= SPOOL_IN_MEMORY)
        return keep_in_memory(spool, bytes);
    if (!spool->is_on_disk && !move_to_disk(spool))
        return false;
    spool->size += bytes.length;
    return fwrite(bytes.data, 1, bytes.length, spool->file) == bytes.length;
}

FILE *spool_read(struct spool *spool)
{
    if (spool->is_on_disk) {
        if (fflush(spool->file) != 0)
            return NULL;
        rewind(spool->file);
        return spool->file;
    }
    static char nothing[1];
    if (spool->file)
        fclose(spool->file);
    spool->file = fmemopen(spool->bytes ? spool->bytes : nothing, (size_t)spool->size, "r");
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
    free(spool->bytes);
    memset(spool, 0, sizeof(*spool));
}
