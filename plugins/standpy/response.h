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

#endif
