/*
 * What libmicrohttpd calls for each request: from its head and body to the exchange.
 */
#ifndef STANDPY_ROUTER_HANDLER_H
#define STANDPY_ROUTER_HANDLER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "connection.h"

struct inbox;
struct transfers;

/* Of one listener; context of the callbacks. */
struct handler {
    struct transfers *transfers;
    struct inbox *inbox;
    bool is_stopping; /* the router takes no new requests */
    bool is_cutting;  /* libmicrohttpd is told to close a connection that has its reply */
    size_t in_flight; /* exchanges whose clients wait for their reply */
};

/* For MHD_OPTION_URI_LOG_CALLBACK: the first call for a request, with its target as it came. */
void *handler_on_target(void *context, const char *target, struct MHD_Connection *library);

/* For MHD_start_daemon: called with the head, then with pieces of the body, then without until
 * there is a response. */
enum MHD_Result handler_on_request(void *context, struct MHD_Connection *library,
                                   const char *target, const char *method, const char *version,
                                   const char *body, size_t *body_length, void **request_context);

/* For MHD_OPTION_NOTIFY_COMPLETED: the one way out of a request, whatever became of it. */
void handler_on_completed(void *context, struct MHD_Connection *library, void **request_context,
                          enum MHD_RequestTerminationCode code);

/* Sends the reply before the body is whole; false: it goes behind the body. Whoever has its answer
 * is no longer waited for when the router ends. */
bool handler_answer_early(struct connection *connection);

#endif
