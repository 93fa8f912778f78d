/*
 * The head of a request, read by uWSGI's parser: request.c is the only file that reads from uWSGI.
 */
#ifndef STANDPY_REQUEST_H
#define STANDPY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "content_names.h"
#include "slice.h"

struct iovec;
struct uwsgi_socket;

/* How the body says where it ends. */
enum body_framing {
    FRAMING_LENGTH,    /* by Content-Length, 0 without one */
    FRAMING_CHUNKED,   /* by Transfer-Encoding, which uWSGI's parser does not know */
    FRAMING_MALFORMED, /* Content-Length is not a number, or comes twice */
};

/* Slices are borrowed from the reader; their data is NULL if the field is absent. */
struct request_head {
    struct slice method, path; /* path: decoded, without query */
    struct slice content_type;
    struct slice request_id;
    struct slice accept;
    struct slice prefer;
    struct slice content_encoding;
    struct slice authorization;
    struct content_names contents; /* of StandPy-Contents */
    enum content_names_status contents_status;
    struct slice wrong_content; /* unless that is CONTENT_NAMES_FINE */
    double queue_ms;            /* 0 if no router gives it */
    enum body_framing framing;
    bool expects_continue;
    bool keep_alive;               /* the connection may go on after the answer */
    bool keeps_connection;         /* likewise, whatever came behind the head */
    bool is_clear;                 /* FRAMING_CHUNKED: it is that alone, without a Content-Length */
    uint64_t length;               /* bytes of the body, if FRAMING_LENGTH */
    const struct iovec *variables; /* all of them, as CGI names them: name, value, name, … */
    size_t variable_count;
    bool is_1_1;       /* HTTP/1.1 */
    struct slice rest; /* bytes that came with the head, after it */
};

enum head_status {
    HEAD_MORE,  /* some of it is still to come */
    HEAD_WHOLE, /* the request_head has it */
    HEAD_END,   /* the client has closed its connection */
    HEAD_MALFORMED,
    HEAD_TOO_LARGE,
};

/* Takes one request's head while it comes. Readers are kept and used again. */
struct head_reader;

/* NULL if memory runs out. The descriptor is non-blocking; the caller still owns it. */
struct head_reader *head_reader_take(int descriptor, struct uwsgi_socket *socket,
                                     const struct sockaddr_storage *client, socklen_t length);
void head_reader_give_back(struct head_reader *reader);

/* Reads what has come. */
enum head_status head_reader_read(struct head_reader *reader, struct request_head *head);

#endif
