#include "multipart.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

bool multipart_init(struct multipart *multipart, struct slice boundary)
{
    *multipart = (struct multipart){.state = MULTIPART_PREAMBLE};
    if (boundary.length == 0 || boundary.length > MULTIPART_MAX_BOUNDARY)
        return false;
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary.data, boundary.length);
    multipart->delimiter_length = boundary.length + 4;
    return true;
}

void multipart_finish(struct multipart *multipart)
{
    free(multipart->parts);
    multipart->parts = NULL;
    multipart->part_count = 0;
}

static enum multipart_status fail(struct multipart *multipart, const char *what)
{
    snprintf(multipart->error, sizeof(multipart->error), "part %zu, byte %zu: %s",
             multipart->part_count, multipart->at, what);
    multipart->state = MULTIPART_FAILED;
    return MULTIPART_ERROR;
}

/*
 * Finds the delimiter; remembers where the search goes on when more has come.
 * Returns its position, or SIZE_MAX.
 */
static size_t find_delimiter(struct multipart *multipart, struct slice body)
{
    size_t from = multipart->scan_from;
    const char *found = from < body.length
                            ? memmem(body.data + from, body.length - from, multipart->delimiter,
                                     multipart->delimiter_length)
                            : NULL;
    if (found)
        return (size_t)(found - body.data);
    /* A delimiter may begin in the last bytes that have come. */
    if (body.length >= multipart->delimiter_length) {
        size_t next = body.length - multipart->delimiter_length + 1;
        if (next > multipart->scan_from)
            multipart->scan_from = next;
    }
    return SIZE_MAX;
}

static void go_to(struct multipart *multipart, size_t at)
{
    multipart->at = at;
    multipart->scan_from = at;
}

static enum multipart_status read_preamble(struct multipart *multipart, struct slice body)
{
    /* The very first delimiter may lack its CR LF, because nothing comes before it. */
    size_t bare = multipart->delimiter_length - 2;
    if (body.length < bare)
        return MULTIPART_MORE;
    if (memcmp(body.data, multipart->delimiter + 2, bare) == 0) {
        go_to(multipart, bare);
        multipart->state = MULTIPART_DELIMITER;
        return MULTIPART_DONE;
    }
    size_t found = find_delimiter(multipart, body);
    if (found == SIZE_MAX)
        return MULTIPART_MORE;
    go_to(multipart, found + multipart->delimiter_length);
    multipart->state = MULTIPART_DELIMITER;
    return MULTIPART_DONE;
}

static bool add_part(struct multipart *multipart)
{
    if (multipart->part_count == multipart->part_capacity) {
        size_t capacity = multipart->part_capacity ? multipart->part_capacity * 2 : 8;
        struct multipart_part *parts =
            reallocarray(multipart->parts, capacity, sizeof(*multipart->parts));
        multipart->exhausted = !parts;
        if (!parts)
            return false;
        multipart->parts = parts;
        multipart->part_capacity = capacity;
    }
    multipart->parts[multipart->part_count++] = (struct multipart_part){.head_at = multipart->at};
    return true;
}

/* After "--boundary": "--" closes the body, else white space and CR LF begin a part. */
static enum multipart_status read_delimiter(struct multipart *multipart, struct slice body)
{
    const char *next = body.data + multipart->at;
    size_t left = body.length - multipart->at;
    if (left >= 2 && next[0] == '-' && next[1] == '-') {
        multipart->state = MULTIPART_END;
        return MULTIPART_DONE;
    }
    size_t skip = 0;
    while (skip < left && (next[skip] == ' ' || next[skip] == '\t'))
        skip++;
    if (skip > MULTIPART_MAX_HEAD)
        return fail(multipart, "too much white space behind the boundary");
    if (left < skip + 2) {
        if (left > skip && next[skip] != '\r' && next[skip] != '-')
            return fail(multipart, "the boundary is not at the end of its line");
        return MULTIPART_MORE;
    }
    if (next[skip] != '\r' || next[skip + 1] != '\n')
        return fail(multipart, "the boundary is not at the end of its line");
    if (multipart->part_count == MULTIPART_MAX_PARTS)
        return fail(multipart, "more than 1000 inputs");
    go_to(multipart, multipart->at + skip + 2);
    if (!add_part(multipart))
        return fail(multipart, "out of memory");
    multipart->state = MULTIPART_HEAD;
    return MULTIPART_DONE;
}

static enum multipart_status read_head(struct multipart *multipart, struct slice body)
{
    struct multipart_part *part = &multipart->parts[multipart->part_count - 1];
    const char *next = body.data + multipart->at;
    size_t left = body.length - multipart->at;
    size_t window = left < MULTIPART_MAX_HEAD ? left : MULTIPART_MAX_HEAD;

    size_t head_length, skip;
    if (left >= 2 && next[0] == '\r' && next[1] == '\n') { /* no header at all */
        head_length = 0;
        skip = 2;
    } else {
        const char *end = memmem(next, window, "\r\n\r\n", 4);
        if (!end && window == MULTIPART_MAX_HEAD)
            return fail(multipart, "its headers are larger than 8192 bytes");
        if (!end)
            return MULTIPART_MORE;
        head_length = (size_t)(end - next) + 2;
        skip = head_length + 2;
    }
    part->head_length = head_length;
    part->body_at = multipart->at + skip;
    /* If the part's body is empty, its delimiter begins with the CR LF that ends the head. */
    multipart->at += skip;
    multipart->scan_from = multipart->at - 2;
    multipart->state = MULTIPART_BODY;
    return MULTIPART_DONE;
}

static enum multipart_status read_body(struct multipart *multipart, struct slice body)
{
    size_t found = find_delimiter(multipart, body);
    if (found == SIZE_MAX)
        return MULTIPART_MORE;
    struct multipart_part *part = &multipart->parts[multipart->part_count - 1];
    part->body_length = found > part->body_at ? found - part->body_at : 0;
    go_to(multipart, found + multipart->delimiter_length);
    multipart->state = MULTIPART_DELIMITER;
    return MULTIPART_DONE;
}

enum multipart_status multipart_feed(struct multipart *multipart, struct slice body)
{
    enum multipart_status status = MULTIPART_DONE;
    while (status == MULTIPART_DONE) {
        switch (multipart->state) {
        case MULTIPART_PREAMBLE:
            status = read_preamble(multipart, body);
            break;
        case MULTIPART_DELIMITER:
            status = read_delimiter(multipart, body);
            break;
        case MULTIPART_HEAD:
            status = read_head(multipart, body);
            break;
        case MULTIPART_BODY:
            status = read_body(multipart, body);
            break;
        case MULTIPART_END:
            return MULTIPART_DONE;
        case MULTIPART_FAILED:
            return MULTIPART_ERROR;
        }
    }
    return status;
}
