/*
 * Fuzz driver for front/page_head.c: what a runner sends as the fields of an answer, behind a byte
 * that says what the front adds. What is accepted is one head: a status line, fields of which none
 * is about the connection but the front's own, an empty line, and nothing behind it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "page_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct counts {
    int lines, lengths, chunks, closes, ids;
};

static bool begins(const char *line, const char *name)
{
    return strncasecmp(line, name, strlen(name)) == 0;
}

static struct counts count(const char *head, size_t length)
{
    struct counts counts = {0};
    const char *end = head + length;
    for (const char *line = head; line < end; counts.lines++) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        assert(next && next > line && next[-1] == '\r' &&
               !memchr(line, '\0', (size_t)(next - line)));
        assert(memchr(line, '\r', (size_t)(next - line)) == next - 1);
        counts.lengths += begins(line, "content-length:");
        counts.chunks += begins(line, "transfer-encoding:");
        counts.closes += begins(line, "connection:");
        counts.ids += begins(line, "x-request-id:");
        if (next - line == 1)
            assert(next + 1 == end);
        line = next + 1;
    }
    return counts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct page_fields fields;
    if (size < 1 || !page_fields_read((struct slice){(const char *)data + 1, size - 1}, &fields))
        return 0;
    struct page_head page = {.status = 200 + data[0],
                             .request_id = "id",
                             .date = "today",
                             .keep = data[0] & 1,
                             .framing = data[0] % 4};
    page.adds_length = page.framing == PAGE_LENGTH && !fields.has_length;
    char *head = malloc(size + PAGE_HEAD_EXTRA);
    size_t length = page_head_write(head, &fields, &page);
    assert(length <= size + PAGE_HEAD_EXTRA);
    struct counts counts = count(head, length);
    assert(counts.lengths == (fields.has_length || page.adds_length));
    assert(counts.chunks == (page.framing == PAGE_CHUNKED) && counts.closes == !page.keep);
    assert(counts.ids >= 1 && counts.lines >= 3);
    free(head);
    return 0;
}
