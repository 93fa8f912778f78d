#include "buffer.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#define LEAST_SHARERS 4 /* so that one client cannot take it all */

static atomic_uint_least64_t total;

static bool is_beyond(const struct buffer *buffer, uint64_t length, uint64_t limit)
{
    return buffer->written + length > limit / LEAST_SHARERS;
}

static bool reserve(uint64_t length, uint64_t limit)
{
    uint64_t before = atomic_fetch_add(&total, length);
    if (before + length <= limit)
        return true;
    atomic_fetch_sub(&total, length);
    return false;
}

/* If it fails halfway, the next bytes overwrite these. */
static bool write_all(const struct buffer *buffer, const char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count =
            pwrite(buffer->file, bytes + done, length - done, (off_t)(buffer->written + done));
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

bool buffer_write(struct buffer *buffer, const char *bytes, size_t length, uint64_t limit)
{
    if (is_beyond(buffer, length, limit) || !reserve(length, limit))
        return false;
    if (buffer->file < 0)
        buffer->file = memfd_create("buffer", MFD_CLOEXEC);
    if (buffer->file < 0 || !write_all(buffer, bytes, length)) {
        atomic_fetch_sub(&total, length);
        return false;
    }
    buffer->written += length;
    return true;
}

bool buffer_has_room(const struct buffer *buffer, size_t length, uint64_t limit)
{
    return !is_beyond(buffer, length, limit) && buffer_total() + length <= limit;
}

size_t buffer_read(struct buffer *buffer, char *into, size_t capacity)
{
    if (buffer_is_empty(buffer))
        return 0;
    uint64_t left = buffer->written - buffer->read;
    size_t wanted = capacity < left ? capacity : (size_t)left;
    ssize_t count = pread(buffer->file, into, wanted, (off_t)buffer->read);
    if (count <= 0)
        return 0;
    buffer->read += (uint64_t)count;
    if (buffer_is_empty(buffer))
        buffer_finish(buffer);
    return (size_t)count;
}

bool buffer_is_empty(const struct buffer *buffer)
{
    return buffer->read == buffer->written;
}

void buffer_finish(struct buffer *buffer)
{
    if (buffer->file >= 0)
        close(buffer->file);
    atomic_fetch_sub(&total, buffer->written);
    *buffer = BUFFER_EMPTY;
}

uint64_t buffer_total(void)
{
    return atomic_load(&total);
}
