#include "body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "descriptors.h"
#include "message.h"

#define PIPE_SIZE (1 << 20) /* bytes; the most that an ordinary user may have */

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

struct body body_of_file(int file, uint64_t length)
{
    if (file < 0)
        return (struct body){.file = -1};
    bytes_in_files += length;
    return (struct body){.file = file, .length = length, .expected = length};
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

/* Returns the bytes, 0 at the end (a reset is one), or -1 if there is nothing now. */
static ssize_t outcome(ssize_t got)
{
    if (got >= 0)
        return got;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? -1 : 0;
}

static enum body_progress receive_into_memory(struct body *body, int socket, size_t most)
{
    ssize_t got = outcome(recv(socket, body->data + body->length, most, MSG_DONTWAIT));
    if (got > 0)
        body->length += (uint64_t)got;
    return got > 0 ? BODY_CAME : got < 0 ? BODY_NOTHING_NOW : BODY_END;
}

/* Between a socket and a file. It is empty between two calls, so one serves all bodies. */
static int pipe_ends[2] = {-1, -1};

static bool open_pipe(void)
{
    if (pipe_ends[0] >= 0)
        return true;
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    fcntl(pipe_ends[1], F_SETPIPE_SZ, PIPE_SIZE);
    return true;
}

static void close_pipe(void)
{
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    pipe_ends[0] = pipe_ends[1] = -1;
}

/* Moves what is in the pipe into the file. False, with an empty pipe, if that fails. */
static bool empty_pipe(struct body *body, size_t length)
{
    while (length > 0) {
        loff_t at = (loff_t)body->length;
        ssize_t moved = splice(pipe_ends[0], NULL, body->file, &at, length, SPLICE_F_MOVE);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved <= 0) {
            close_pipe();
            return false;
        }
        length -= (size_t)moved;
        body->length += (uint64_t)moved;
        bytes_in_files += (uint64_t)moved;
    }
    return true;
}

static enum body_progress receive_into_file(struct body *body, int socket, size_t most)
{
    if (!open_pipe())
        return BODY_FULL;
    ssize_t got =
        outcome(splice(socket, NULL, pipe_ends[1], NULL, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
    if (got <= 0)
        return got < 0 ? BODY_NOTHING_NOW : BODY_END;
    return empty_pipe(body, (size_t)got) ? BODY_CAME : BODY_FULL;
}

enum body_progress body_receive(struct body *body, int socket, size_t most)
{
    uint64_t missing = body->expected - body->length;
    if (missing < most)
        most = (size_t)missing;
    return body->file >= 0 ? receive_into_file(body, socket, most)
                           : receive_into_memory(body, socket, most);
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
