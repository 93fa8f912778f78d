#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* Out of the way of scripts that close or reuse the low descriptors. */
#define LOWEST_DESCRIPTOR 500

bool capture_memory_create(struct capture_memory *memory)
{
    memory->out = memfd_create("stdout", MFD_CLOEXEC);
    memory->err = memfd_create("stderr", MFD_CLOEXEC);
    return memory->out >= 0 && memory->err >= 0;
}

void capture_memory_close(struct capture_memory *memory)
{
    close(memory->out);
    close(memory->err);
}

static void trim(int memory)
{
    const off_t page = 4096, half = CAPTURE_LIMIT / 2;
    struct stat status;
    if (fstat(memory, &status) != 0 || status.st_blocks * 512 <= 4 * (off_t)CAPTURE_LIMIT)
        return;
    /* More than is kept at the end: the script goes on printing meanwhile. */
    off_t from = half, to = (status.st_size - 2 * half) / page * page;
    if (to > from)
        fallocate(memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from);
}

void capture_memory_trim(const struct capture_memory *memory)
{
    trim(memory->out);
    trim(memory->err);
}

static bool reset_stream(struct capture_stream *stream)
{
    return ftruncate(stream->memory, 0) == 0 && lseek(stream->memory, 0, SEEK_SET) == 0;
}

static bool init_stream(struct capture_stream *stream, int memory, int descriptor)
{
    stream->memory = fcntl(memory, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
    stream->original = fcntl(descriptor, F_DUPFD_CLOEXEC, LOWEST_DESCRIPTOR);
    /* A worker that died may have left something in it. */
    return stream->memory >= 0 && stream->original >= 0 && reset_stream(stream);
}

bool capture_init(struct capture *capture, struct capture_memory *memory)
{
    *capture = (struct capture){0};
    bool ready = init_stream(&capture->out, memory->out, STDOUT_FILENO) &&
                 init_stream(&capture->err, memory->err, STDERR_FILENO);
    capture_memory_close(memory);
    return ready;
}

bool capture_reset(struct capture *capture)
{
    return reset_stream(&capture->out) && reset_stream(&capture->err);
}

bool capture_begin(struct capture *capture)
{
    return dup2(capture->out.memory, STDOUT_FILENO) >= 0 &&
           dup2(capture->err.memory, STDERR_FILENO) >= 0;
}

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

/* The whole stream, or its head and its tail with a mark between. */
static bool read_stream(struct capture_stream *stream, size_t size)
{
    char mark[96];
    size_t half = CAPTURE_LIMIT / 2;
    bool whole = size <= CAPTURE_LIMIT;
    size_t head = whole ? size : half;
    size_t tail = whole ? 0 : half;
    int mark_length =
        whole ? 0 : snprintf(mark, sizeof(mark), "\n[... %zu bytes cut ...]\n", size - head - tail);

    stream->length = head + (size_t)mark_length + tail;
    stream->text = malloc(stream->length);
    if (!stream->text)
        return false;
    memcpy(stream->text + head, mark, (size_t)mark_length);
    return read_at(stream->memory, stream->text, head, 0) &&
           read_at(stream->memory, stream->text + head + mark_length, tail, (off_t)(size - tail));
}

static bool take_stream(struct capture_stream *stream, struct slice *taken)
{
    *taken = (struct slice){"", 0};
    off_t size = lseek(stream->memory, 0, SEEK_CUR); /* shared with every copy: what was written */
    if (size < 0)
        return false;
    if (size == 0)
        return true;
    bool done = read_stream(stream, (size_t)size);
    if (!reset_stream(stream))
        done = false;
    if (done)
        *taken = (struct slice){stream->text, stream->length};
    return done;
}

bool capture_take(struct capture *capture, struct slice *out, struct slice *err)
{
    fflush(stdout); /* printf() of native code; nothing to do where its buffer is empty */
    bool out_taken = take_stream(&capture->out, out);
    bool err_taken = take_stream(&capture->err, err);
    return out_taken && err_taken;
}

static struct slice peek_stream(struct capture_stream *stream)
{
    off_t size = lseek(stream->memory, 0, SEEK_CUR);
    bool done = size > 0 && read_stream(stream, (size_t)size);
    return done ? (struct slice){stream->text, stream->length} : (struct slice){"", 0};
}

void capture_peek(struct capture *capture, struct slice *out, struct slice *err)
{
    *out = peek_stream(&capture->out);
    *err = peek_stream(&capture->err);
}

/* What was written since capture_take is not the script's: it goes where it always goes. */
static void end_stream(struct capture_stream *stream, int descriptor)
{
    /* It fails only where the script closed even this one; then nobody hears the worker any more.
     */
    dup2(stream->original, descriptor);
    off_t size = lseek(stream->memory, 0, SEEK_CUR), from = 0;
    while (from < size &&
           sendfile(stream->original, stream->memory, &from, (size_t)(size - from)) > 0) {
    }
    if (size > 0 && ftruncate(stream->memory, 0) == 0)
        lseek(stream->memory, 0, SEEK_SET);
    free(stream->text);
    stream->text = NULL;
}

void capture_end(struct capture *capture)
{
    end_stream(&capture->out, STDOUT_FILENO);
    end_stream(&capture->err, STDERR_FILENO);
}
