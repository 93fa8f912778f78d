/*
 * The loop of one thread: a listener and an upstream on one epoll.
 */
#ifndef STANDPY_ROUTER_LOOP_H
#define STANDPY_ROUTER_LOOP_H

#include <stdbool.h>

struct loop;

struct loop_config {
    int socket;               /* listening; taken over */
    unsigned max_connections; /* of clients */
    unsigned stop_timeout;    /* seconds */
    /* How many microseconds the loop polls for events before it sleeps, and with how many requests
     * in flight at most. */
    unsigned busy_poll, busy_poll_requests;
    bool tls; /* clients connect by TLS */
};

/* NULL, and a line in the log, if something does not start. */
struct loop *loop_create(const struct loop_config *config);
void loop_destroy(struct loop *loop);

/* Serves until loop_stop has been called and all requests in flight have ended, or their time is
 * up. */
void loop_run(struct loop *loop);

/* From any thread, and from signal handlers. */
void loop_stop(struct loop *loop);

#endif
