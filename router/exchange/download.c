#include "download.h"

#include <assert.h>

#include "monotonic.h"

#define SLOW_CLIENT_MICROSECONDS 100000 /* in which it takes nothing of a reply that is there */

/* The only function that changes a download's state. */
static void set_state(struct download *download, enum download_state state)
{
    static const unsigned next[] = {
        [DOWNLOAD_FLOWS] = 1U << DOWNLOAD_BLOCKED,
        [DOWNLOAD_BLOCKED] =
            1U << DOWNLOAD_FLOWS | 1U << DOWNLOAD_BLOCKED | 1U << DOWNLOAD_OVERFLOWS,
        [DOWNLOAD_OVERFLOWS] = 0,
    };
    assert(next[download->state] & 1U << state);
    if (state == DOWNLOAD_BLOCKED)
        download->blocked_since = monotonic_microseconds();
    download->state = state;
}

bool download_take(struct download *download, const char *bytes, size_t length, uint64_t limit)
{
    /* What is in the buffer came earlier. */
    if (buffer_is_empty(&download->overflow) && ring_space(&download->ring) >= length &&
        ring_write(&download->ring, bytes, length) == length)
        return true;
    if (download->state == DOWNLOAD_OVERFLOWS)
        return buffer_write(&download->overflow, bytes, length, limit);
    set_state(download, DOWNLOAD_BLOCKED);
    return false;
}

size_t download_give(struct download *download, char *into, size_t capacity)
{
    size_t given = ring_read(&download->ring, into, capacity);
    return given > 0 ? given : buffer_read(&download->overflow, into, capacity);
}

bool download_is_empty(const struct download *download)
{
    return download->ring.length == 0 && buffer_is_empty(&download->overflow);
}

struct slice download_in_one_piece(const struct download *download)
{
    const struct ring *ring = &download->ring;
    if (ring->start != 0 || !buffer_is_empty(&download->overflow))
        return (struct slice){NULL, 0};
    return (struct slice){ring->data ? ring->data : "", ring->length};
}

bool download_relieve(struct download *download, bool others_wait, size_t holds, uint64_t limit)
{
    if (download->state != DOWNLOAD_BLOCKED || !buffer_has_room(&download->overflow, holds, limit))
        return false;
    if (!others_wait &&
        monotonic_microseconds() - download->blocked_since < SLOW_CLIENT_MICROSECONDS)
        return false;
    set_state(download, DOWNLOAD_OVERFLOWS);
    return true;
}

void download_resume(struct download *download)
{
    if (download->state == DOWNLOAD_BLOCKED)
        set_state(download, DOWNLOAD_FLOWS);
}

void download_finish(struct download *download)
{
    ring_finish(&download->ring);
    buffer_finish(&download->overflow);
}
