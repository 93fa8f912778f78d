/*
 * Reading from uWSGI: request.c is the only file that does.
 */
#ifndef STANDPY_REQUEST_H
#define STANDPY_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

struct wsgi_request;
struct interpreter;
struct body;

/* Slices are borrowed from uWSGI and valid until the exchange ends; data NULL where absent. */
struct request_head {
    struct slice method, path; /* path: decoded, without query */
    struct slice content_type;
    struct slice request_id;
    struct slice accept;
    struct slice prefer;
    double queue_ms; /* 0 where no router says */
    bool has_length;
    bool length_malformed;
    bool chunked; /* Transfer-Encoding: the parser of uWSGI knows no such bodies */
    bool expects_continue;
    uint64_t length; /* bytes of the body */
};

/* False where the head cannot be understood. */
bool request_read_head(struct wsgi_request *wsgi_request, struct request_head *head);

enum body_status {
    BODY_WHOLE,
    BODY_SHORT,   /* the client ended it early */
    BODY_STALLED, /* nothing came for uWSGI's socket-timeout */
    BODY_REFUSED, /* `progress` said no */
    BODY_NO_MEMORY,
};

/* Called after each piece that came; all that has come is at body->data. False stops reading. */
typedef bool body_progress(void *context, const struct body *body);

/*
 * Reads length bytes straight from the socket into the body, which grows as they come: a client
 * that claims terabytes costs what it sends.
 */
enum body_status request_read_body(struct wsgi_request *wsgi_request,
                                   const struct interpreter *interpreter, uint64_t length,
                                   struct body *body, body_progress *progress, void *context);

/* The socket-timeout of uWSGI in seconds, for error messages. */
int request_read_timeout(void);

/*
 * Has uWSGI's master end the worker some seconds after so many more, should all else fail; never,
 * where they are 0.
 */
void request_backstop(int seconds);

#endif
