#include "page_head.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "field_syntax.h"

/* The front alone decides about its connections. */
static const char *const refused[] = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
    "te",         "trailer",    "trailers",           "transfer-encoding",
    "upgrade",
};

static bool is_refused(struct slice name)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        if (slice_equals_nocase(name, refused[i]))
            return true;
    }
    return false;
}

static bool take_field(struct page_fields *fields, struct slice line)
{
    const char *colon = memchr(line.data, ':', line.length);
    struct slice name = {line.data, colon ? (size_t)(colon - line.data) : 0};
    if (!field_is_token(name) || is_refused(name))
        return false;
    size_t behind = name.length + 1;
    struct slice value = slice_trim((struct slice){line.data + behind, line.length - behind});
    if (slice_equals_nocase(name, "x-request-id"))
        fields->has_request_id = true;
    if (slice_equals_nocase(name, "date"))
        fields->has_date = true;
    if (!slice_equals_nocase(name, "content-length"))
        return field_is_value(value);
    if (fields->has_length)
        return false;
    fields->has_length = true;
    return field_read_length(value, &fields->length);
}

/* Takes the next line off the text, without its CRLF. False if none ends there. */
static bool next_line(struct slice *text, struct slice *line)
{
    const char *end = memchr(text->data, '\n', text->length);
    if (!end || end == text->data || end[-1] != '\r')
        return false;
    size_t whole = (size_t)(end - text->data) + 1;
    *line = (struct slice){text->data, whole - 2};
    *text = (struct slice){text->data + whole, text->length - whole};
    return true;
}

bool page_fields_read(struct slice text, struct page_fields *fields)
{
    struct slice line;
    *fields = (struct page_fields){0};
    if (text.length == 0 || !next_line(&text, &fields->phrase) || !field_is_value(fields->phrase))
        return false;
    fields->lines = text;
    while (text.length > 0) {
        if (!next_line(&text, &line) || !take_field(fields, line))
            return false;
    }
    return true;
}

size_t page_head_write(char *head, const struct page_fields *fields, const struct page_head *page)
{
    char *at = head;
    at += sprintf(at, "HTTP/1.1 %d ", page->status);
    at = mempcpy(at, fields->phrase.data, fields->phrase.length);
    at = mempcpy(at, "\r\n", 2);
    if (fields->lines.length > 0)
        at = mempcpy(at, fields->lines.data, fields->lines.length);
    if (page->adds_length)
        at += sprintf(at, "Content-Length: %" PRIu64 "\r\n", page->length);
    if (page->framing == PAGE_CHUNKED)
        at = stpcpy(at, "Transfer-Encoding: chunked\r\n");
    if (!fields->has_request_id)
        at += sprintf(at, "X-Request-Id: %s\r\n", page->request_id);
    if (!fields->has_date && page->date)
        at += sprintf(at, "Date: %s\r\n", page->date);
    if (!page->keep)
        at = stpcpy(at, "Connection: close\r\n");
    at = stpcpy(at, "\r\n");
    return (size_t)(at - head);
}
