/*
 * What libmicrohttpd calls for each request: passes head and body to the exchange.
 */
#ifndef STANDPY_ROUTER_HANDLER_H
#define STANDPY_ROUTER_HANDLER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "connection.h"

struct inbox;
struct transfers;

/* One for each listener; the context of the callbacks. */
struct handler {
    struct transfers *transfers;
    struct inbox *inbox;
    bool is_stopping; /* the router accepts no new requests */
    bool is_cutting;  /* libmicrohttpd has to close a connection that has its reply */
    size_t in_flight; /* exchanges whose clients wait for a reply */
};

/* For MHD_OPTION_URI_LOG_CALLBACK: the first call for a request, with its target as it came. */
void *handler_on_target(void *context, const char *target, struct MHD_Connection *library);

/* For MHD_start_daemon: called with the head, then with pieces of the body, then without a piece
 * until there is a response. */
enum MHD_Result handler_on_request(void *context, struct MHD_Connection *library,
                                   const char *target, const char *method, const char *version,
                                   const char *body, size_t *body_length, void **request_context);

/* For MHD_OPTION_NOTIFY_COMPLETED: every request ends here, whatever became of it. */
void handler_on_completed(void *context, struct MHD_Connection *library, void **request_context,
                          enum MHD_RequestTerminationCode code);

/* Sends the reply before the body is whole; false: it follows the body. A stopping router no longer
 * waits for a client that has its answer. */
bool handler_answer_early(struct connection *connection);

#endif
