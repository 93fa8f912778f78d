/*
 * The connections of clients as libmicrohttpd has them. Only for the files of this folder, which
 * know libmicrohttpd too.
 */
#ifndef STANDPY_ROUTER_CONNECTION_H
#define STANDPY_ROUTER_CONNECTION_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "descriptors.h"
#include "silent.h"

#define IDLE_SECONDS   60U /* after so long without a byte libmicrohttpd closes a connection */
#define NOT_LOOKED_YET UINT64_MAX

struct exchange;
struct handler;

enum connection_state {
    CONNECTION_IDLE,    /* no request: before the first one, or between two */
    CONNECTION_HEAD,    /* a request's first line is here, the rest of its head is to come */
    CONNECTION_BODY,    /* the head is handled; if there is a body, it is coming */
    CONNECTION_WAITS,   /* the whole request is here; its reply has not begun */
    CONNECTION_REPLIES, /* the client is taking the reply */
    CONNECTION_LINGERS, /* the client got the reply before its body was whole: drop the rest */
};

/* A connection has one exchange at a time. */
struct connection {
    enum connection_state state; /* set by connection_becomes alone */
    struct connections *all;
    struct handler *handler; /* set by its first request */
    struct MHD_Connection *library;
    struct exchange *exchange; /* NULL while it is idle */
    int descriptor;
    struct silent_member silent; /* while no request's head is here */
    bool is_closing;             /* the router closes it to make room */
    bool is_suspended;
    bool has_left; /* the client has closed, perhaps before its request was read */
    int64_t since; /* when the router began the current wait for it; microseconds */
    int64_t suspended_since, suspended_for; /* microseconds; the sum counts from `since` */
    uint64_t seen;                          /* bytes of its body that had come at the last look */
    unsigned stuck; /* looks without a further byte of its body, though its socket holds some */
    uint64_t taken; /* bytes that it had acknowledged at the last look, or NOT_LOOKED_YET */
    char address[64];
};

/* All connections of one listener. */
struct connections {
    int epoll;
    uint32_t tag;
    bool is_pending; /* libmicrohttpd has work that no socket announces */
    int highest;     /* highest descriptor so far */
    struct silent_set silent;
    unsigned most;          /* connections; libmicrohttpd accepts no more */
    unsigned count;         /* connections now */
    unsigned closing;       /* connections closed to make room that libmicrohttpd still counts */
    int64_t told_of_silent; /* when the log last reported closed ones; microseconds */
    /* By descriptor, so that an event for a connection that is gone finds nothing. */
    struct connection *by_descriptor[MAX_DESCRIPTORS];
};

/* For libmicrohttpd's notifications: a connection has come, or is gone. NULL if memory runs out. */
struct connection *connection_create(struct connections *all, struct MHD_Connection *library);
void connection_destroy(struct connection *connection);

/* NULL if memory ran out when the connection came. */
struct connection *connection_of(struct MHD_Connection *library);

/* The only function that changes a connection's state. The router now waits for something new from
 * it. */
void connection_becomes(struct connection *connection, enum connection_state state);

/* Stops reading from it and writing to it until connection_wake. */
void connection_suspend(struct connection *connection);
/* context: struct connection. Does nothing if it is not suspended. */
void connection_wake(void *context);

/* context: struct connection. Returns the bytes that wait in its socket. */
uint64_t connection_ready(void *context);

/* Says whether it is silent from now on: not once its request's head is here, but again once the
 * request is over. */
void connection_note_silence(struct connection *connection, bool is_silent);

/* Ends it; libmicrohttpd notices and closes it. */
void connection_shut(const struct connection *connection);

#endif
