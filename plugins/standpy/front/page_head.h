/*
 * The head of the application's answer: the fields that its runner sent, checked, and what the
 * front adds. Pure.
 */
#ifndef STANDPY_PAGE_HEAD_H
#define STANDPY_PAGE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

#define PAGE_HEAD_EXTRA 512 /* bytes that page_head_write adds to the fields, at most */

/* Borrowed from the text. */
struct page_fields {
    struct slice phrase; /* of the status line */
    struct slice lines;  /* "Name: value", each with its CRLF */
    bool has_length;     /* Content-Length, and its number */
    uint64_t length;
    bool has_request_id, has_date;
};

/*
 * Reads "<phrase>CRLF" and the lines behind it. False if one of them could end its line or the
 * head, is about this connection only (RFC 9110 §7.6.1), or gives no clear length.
 */
bool page_fields_read(struct slice text, struct page_fields *fields);

/* How the client learns where the body ends. */
enum page_framing {
    PAGE_EMPTY,  /* there is none, whatever the head says: HEAD, 204, 304 */
    PAGE_LENGTH, /* Content-Length */
    PAGE_CHUNKED,
    PAGE_CLOSE, /* at the end of the connection */
};

struct page_head {
    int status;
    const char *request_id;
    const char *date; /* added if the application gives none (RFC 9110 §6.6.1) */
    enum page_framing framing;
    bool adds_length; /* Content-Length, if the application gave none */
    uint64_t length;
    bool keep; /* the connection goes on */
};

/* Writes it with its empty line; `head` has room for the fields and PAGE_HEAD_EXTRA. Returns its
 * length in bytes. */
size_t page_head_write(char *head, const struct page_fields *fields, const struct page_head *page);

#endif
