/*
 * One thread's loop: a listener and an upstream on one epoll.
 */
#ifndef STANDPY_ROUTER_LOOP_H
#define STANDPY_ROUTER_LOOP_H

#include <stdbool.h>

struct loop;

struct loop_config {
    int socket;               /* listening; taken over */
    unsigned max_connections; /* of clients */
    unsigned stop_timeout;    /* seconds */
    /* Microseconds that it looks for events before it sleeps, with that many requests at most. */
    unsigned busy_poll, busy_poll_requests;
    bool tls; /* clients come by it */
};

/* NULL, and a line in the log, where something does not start. */
struct loop *loop_create(const struct loop_config *config);
void loop_destroy(struct loop *loop);

/* Serves until loop_stop was called and what was in flight has ended, or the time for that has
 * passed. */
void loop_run(struct loop *loop);

/* From any thread, and from signal handlers. */
void loop_stop(struct loop *loop);

#endif
