/*
 * The connections of clients, as libmicrohttpd has them. For the files of this folder, which know
 * libmicrohttpd too.
 */
#ifndef STANDPY_ROUTER_CONNECTION_H
#define STANDPY_ROUTER_CONNECTION_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "descriptors.h"
#include "silent.h"

#define IDLE_SECONDS   60U /* libmicrohttpd closes a connection without a byte for so long */
#define NOT_LOOKED_YET UINT64_MAX

struct exchange;
struct handler;

enum connection_state {
    CONNECTION_IDLE,    /* no request: before the first one, or between two */
    CONNECTION_HEAD,    /* a request's first line is here, and its head is to come */
    CONNECTION_BODY,    /* the head is dealt with, and the body comes, if there is one */
    CONNECTION_WAITS,   /* the whole request is here, and its reply has not begun */
    CONNECTION_REPLIES, /* the client takes the reply */
    CONNECTION_LINGERS, /* it has the reply before its body was whole: the rest is dropped */
};

/* There is one exchange on it at a time. */
struct connection {
    enum connection_state state; /* set by connection_becomes alone */
    struct connections *all;
    struct handler *handler; /* since its first request */
    struct MHD_Connection *library;
    struct exchange *exchange; /* NULL while it is idle */
    int descriptor;
    struct silent_member silent; /* while no request's head is here */
    bool is_closing;             /* to make room */
    bool is_suspended;
    bool has_left; /* the client has said so, perhaps before its request was read */
    int64_t since; /* when the router began to wait for what it waits for; microseconds */
    int64_t suspended_since, suspended_for; /* microseconds, since then */
    uint64_t seen;                          /* bytes of its body at the last look */
    unsigned stuck; /* looks since which no more came of them, although some are in its socket */
    uint64_t taken; /* bytes that it had acknowledged at the last look, or NOT_LOOKED_YET */
    char address[64];
};

/* All of one listener. */
struct connections {
    int epoll;
    uint32_t tag;
    bool is_pending; /* libmicrohttpd has something to do that no socket tells of */
    int highest;     /* descriptor so far */
    struct silent_set silent;
    unsigned most;          /* connections, beyond which libmicrohttpd takes no more */
    unsigned count;         /* of them */
    unsigned closing;       /* those closed to make room, until libmicrohttpd has seen it */
    int64_t told_of_silent; /* when the log was told last that some were closed; microseconds */
    /* By descriptor: events are told apart from those of a connection that is gone. */
    struct connection *by_descriptor[MAX_DESCRIPTORS];
};

/* For the library's notifications: one has come, and is gone. NULL if memory runs out. */
struct connection *connection_create(struct connections *all, struct MHD_Connection *library);
void connection_destroy(struct connection *connection);

/* NULL if memory ran out when it came. */
struct connection *connection_of(struct MHD_Connection *library);

/* The one place that changes its state: the router waits for something new from it. */
void connection_becomes(struct connection *connection, enum connection_state state);

/* Nothing is read from it or written to it until connection_wake. */
void connection_suspend(struct connection *connection);
/* context: struct connection. Nothing if it is not suspended. */
void connection_wake(void *context);

/* context: struct connection. Bytes that wait in its socket. */
uint64_t connection_ready(void *context);

/* Whether it is silent from now on: its request's head is here, or is over. */
void connection_note_silence(struct connection *connection, bool is_silent);

/* For libmicrohttpd it has ended, and is closed. */
void connection_shut(const struct connection *connection);

#endif
