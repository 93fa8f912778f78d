/*
 * The head of a request, read by uWSGI's parser: request.c is the only file that reads from uWSGI.
 */
#ifndef STANDPY_REQUEST_H
#define STANDPY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "slice.h"

struct uwsgi_socket;

/* How the body says where it ends. */
enum body_framing {
    FRAMING_LENGTH,    /* by Content-Length, 0 without one */
    FRAMING_CHUNKED,   /* by Transfer-Encoding: the parser of uWSGI knows no such bodies */
    FRAMING_MALFORMED, /* Content-Length is no number, or given twice */
};

/* Slices are borrowed from the reader; data NULL where absent. */
struct request_head {
    struct slice method, path; /* path: decoded, without query */
    struct slice content_type;
    struct slice request_id;
    struct slice accept;
    struct slice prefer;
    struct slice content_encoding;
    struct slice authorization;
    double queue_ms; /* 0 where no router says */
    enum body_framing framing;
    bool expects_continue;
    bool keep_alive;   /* the connection may go on behind the answer */
    uint64_t length;   /* bytes of the body, as far as FRAMING_LENGTH says */
    struct slice rest; /* bytes behind the head that came with it */
};

enum head_status {
    HEAD_MORE,  /* has to come yet */
    HEAD_WHOLE, /* it is in the request_head */
    HEAD_END,   /* the client has closed its connection */
    HEAD_MALFORMED,
    HEAD_TOO_LARGE,
};

/* One request's head on its way. Readers are kept and used again. */
struct head_reader;

/* NULL where memory runs out. The descriptor is non-blocking and stays the caller's. */
struct head_reader *head_reader_take(int descriptor, struct uwsgi_socket *socket,
                                     const struct sockaddr_storage *client, socklen_t length);
void head_reader_give_back(struct head_reader *reader);

/* Reads what is there. */
enum head_status head_reader_read(struct head_reader *reader, struct request_head *head);

#endif
