/*
 * Writing to uWSGI: response.c is the only file that does. One call answers an exchange.
 */
#ifndef STANDPY_RESPONSE_H
#define STANDPY_RESPONSE_H

#include <stdbool.h>

#include "slice.h"

struct wsgi_request;

struct response {
    int status;
    const char *content_type;
    const char *request_id;
    const char *allow;        /* of a 405, else NULL */
    const struct slice *body; /* pieces, sent one behind the other */
    size_t body_count;
    bool head_only;   /* the answer to HEAD: the body's length, but no body */
    bool is_last;     /* the connection is closed after it */
    bool body_unread; /* the request's body was not read: close without losing the answer */
};

/* False where the client is gone; there is nothing to be done about that but to log. */
bool response_send(struct wsgi_request *wsgi_request, const struct response *response);

/* 100 Continue (RFC 9110 §15.2.1): the client may send its body. */
bool response_continue(struct wsgi_request *wsgi_request);

/*
 * uWSGI's wait_write_hook: socket-timeout is meant for the next byte, and here several times as
 * long. The kernel holds megabytes for a client and takes more only when a third of them is gone,
 * and the client's own says in large steps that it has room; so one that takes its answer steadily
 * but slowly seems to take nothing for long. timeout in seconds; above 0: it is writable.
 */
int response_wait(int descriptor, int timeout);

#endif
