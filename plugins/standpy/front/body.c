#include "body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "message.h"

static uint64_t bytes_in_files;

uint64_t bodies_bytes(void)
{
    return bytes_in_files;
}

bool body_make(struct body *body, uint64_t expected)
{
    *body = (struct body){.file = -1, .expected = expected};
    if (expected == 0)
        return true;
    if (expected > MESSAGE_INLINE)
        body->file = memory_file("body");
    else
        body->data = malloc((size_t)expected);
    return body->data || body->file >= 0;
}

bool body_add(struct body *body, const char *bytes, size_t length)
{
    if (body->data) {
        memcpy(body->data + body->length, bytes, length);
        body->length += length;
        return true;
    }
    while (length > 0) {
        ssize_t written = write(body->file, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
        body->length += (uint64_t)written;
        bytes_in_files += (uint64_t)written;
    }
    return true;
}

bool body_seal(const struct body *body)
{
    return body->file < 0 || memory_file_seal(body->file);
}

void body_free(struct body *body)
{
    free(body->data);
    if (body->file >= 0) {
        close(body->file);
        bytes_in_files -= body->length;
    }
    *body = (struct body){.file = -1};
}
