/*
 * Reads multipart/form-data (RFC 7578, RFC 2046 §5.1) incrementally. The caller keeps the whole
 * body in one place, and says how much of it has come. The parser goes on where it stopped, and
 * gives positions, never copies. No I/O.
 */
#ifndef STANDPY_MULTIPART_H
#define STANDPY_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "slice.h"

#define MULTIPART_MAX_PARTS    2002 /* 1,000 inputs with metadata, one script, one options */
#define MULTIPART_MAX_HEAD     8192 /* bytes of headers per part */
#define MULTIPART_MAX_BOUNDARY 70   /* RFC 2046 §5.1.1 */

/* Positions are bytes from the start of the body, so that the body may move while it grows. */
struct multipart_part {
    size_t head_at, head_length;
    size_t body_at, body_length;
};

enum multipart_status {
    MULTIPART_MORE, /* the closing boundary has not come yet */
    MULTIPART_DONE,
    MULTIPART_ERROR, /* `error` says what and where */
};

struct multipart {
    enum {
        MULTIPART_PREAMBLE,
        MULTIPART_DELIMITER, /* after "--boundary" */
        MULTIPART_HEAD,
        MULTIPART_BODY,
        MULTIPART_END,
        MULTIPART_FAILED,
    } state;
    char delimiter[MULTIPART_MAX_BOUNDARY + 5]; /* CR LF - - boundary */
    size_t delimiter_length;
    size_t at;                    /* everything before it is understood */
    size_t scan_from;             /* at <= scan_from; no delimiter starts before it */
    struct multipart_part *parts; /* owned; the last one is complete only after its delimiter */
    size_t part_count;
    size_t part_capacity;
    char error[160];
    bool exhausted; /* the error is that memory ran out */
};

/* False if the boundary is empty or too long. */
bool multipart_init(struct multipart *multipart, struct slice boundary);
void multipart_finish(struct multipart *multipart);

/*
 * Reads on. body: all of the body that has come. It must begin with the bytes of earlier calls,
 * unchanged, but may be at another address.
 */
enum multipart_status multipart_feed(struct multipart *multipart, struct slice body);

#endif
