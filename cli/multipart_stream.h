/*
 * multipart/mixed, as an answer comes: in pieces of any size. Each part must have a Content-Length,
 * as StandPy's have. Pure.
 */
#ifndef STANDPY_CLI_MULTIPART_STREAM_H
#define STANDPY_CLI_MULTIPART_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

#define MULTIPART_STREAM_MOST_HEAD 65536 /* bytes of a part's head */

enum multipart_stream_state {
    MULTIPART_STREAM_BOUNDARY, /* the line that begins a part, or ends them all */
    MULTIPART_STREAM_HEAD,
    MULTIPART_STREAM_CONTENT,
    MULTIPART_STREAM_BEHIND, /* the line's end after a part's content */
    MULTIPART_STREAM_DONE,   /* whatever follows is ignored */
    MULTIPART_STREAM_WRONG,
};

/* What a stream tells. Each returns false to end it, which makes multipart_stream_take end. */
struct multipart_stream_events {
    /* media_type: in lower case, without parameters; "" if there is none. */
    bool (*begin)(void *context, const char *media_type, uint64_t length);
    bool (*content)(void *context, struct slice piece); /* never empty */
    bool (*end)(void *context);
};

struct multipart_stream {
    enum multipart_stream_state state;
    const struct multipart_stream_events *events;
    void *context;
    const char *flaw; /* of WRONG: what is wrong, to follow "because"; a constant */
    char boundary[80];
    char line[8192];
    size_t line_length;
    size_t head_length;
    bool has_length;
    uint64_t left; /* of the part's content */
    char media_type[256];
};

/* content_type: the answer's field. False if it names no boundary. */
bool multipart_stream_init(struct multipart_stream *stream, const char *content_type,
                           const struct multipart_stream_events *events, void *context);

/* False if the stream is wrong (flaw says why), or if an event ended it (flaw is NULL). */
bool multipart_stream_take(struct multipart_stream *stream, struct slice piece);

#endif
