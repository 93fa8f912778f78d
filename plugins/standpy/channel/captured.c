#include "captured.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_at(int memory, char *into, size_t length, off_t from)
{
    while (length > 0) {
        ssize_t got = pread(memory, into, length, from);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        into += got;
        from += got;
        length -= (size_t)got;
    }
    return true;
}

/* Reads the whole stream, or its head and its tail with a mark between. */
static char *read_both_ends(int memory, size_t size, size_t *length)
{
    char mark[96];
    const size_t half = CAPTURE_LIMIT / 2;
    bool whole = size <= CAPTURE_LIMIT;
    size_t head = whole ? size : half, tail = whole ? 0 : half;
    int mark_length =
        whole ? 0 : snprintf(mark, sizeof(mark), "\n[... %zu bytes cut ...]\n", size - head - tail);
    *length = head + (size_t)mark_length + tail;
    char *text = malloc(*length);
    if (!text)
        return NULL;
    memcpy(text + head, mark, (size_t)mark_length);
    if (read_at(memory, text, head, 0) &&
        read_at(memory, text + head + mark_length, tail, (off_t)(size - tail)))
        return text;
    free(text);
    return NULL;
}

bool captured_read(int memory, struct slice *text)
{
    *text = (struct slice){"", 0};
    off_t size = lseek(memory, 0, SEEK_CUR); /* of all copies: the bytes written */
    if (size <= 0)
        return size == 0;
    size_t length;
    char *data = read_both_ends(memory, (size_t)size, &length);
    if (data)
        *text = (struct slice){data, length};
    return data != NULL;
}

void captured_trim(int memory)
{
    const off_t page = 4096, half = CAPTURE_LIMIT / 2;
    struct stat status;
    if (fstat(memory, &status) != 0 || status.st_blocks * 512 <= 4 * (off_t)CAPTURE_LIMIT)
        return;
    /* Keeps more at the end than will be shown, because the script goes on printing. */
    off_t from = half, to = (status.st_size - 2 * half) / page * page;
    if (to > from)
        fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from);
}

bool captured_reset(int memory)
{
    return ftruncate(memory, 0) == 0 && lseek(memory, 0, SEEK_SET) == 0;
}
