/*
 * The connections of clients, as libmicrohttpd has them. For listener.c and reply.c, which know
 * libmicrohttpd too.
 */
#ifndef STANDPY_ROUTER_CLIENT_H
#define STANDPY_ROUTER_CLIENT_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "descriptors.h"
#include "listener.h"
#include "silent.h"

#define IDLE_SECONDS   60U /* libmicrohttpd closes a connection without a byte for so long */
#define NOT_LOOKED_YET UINT64_MAX

struct exchange;

/* A connection of a client; there is one exchange on it at a time. */
struct client {
    struct clients *clients;
    struct listener *listener;
    struct MHD_Connection *connection;
    struct exchange *exchange; /* NULL between requests */
    int descriptor;
    struct silent_member silent; /* while no request's head is here */
    bool closing;                /* to make room */
    bool suspended;
    bool left;     /* it has said so, perhaps before its request was read */
    bool uploads;  /* its request's head is dealt with, and a body was announced */
    bool answered; /* before its body was whole: the rest is read and dropped (early_reply.h) */
    int64_t since; /* when the router began to wait for what it waits for; microseconds */
    int64_t suspended_since, suspended_for; /* microseconds, since then */
    uint64_t seen;                          /* bytes of its body at the last look */
    unsigned stuck; /* looks since which no more came of them, although some are in its socket */
    uint64_t taken; /* bytes that it had acknowledged at the last look, or NOT_LOOKED_YET */
    char address[64];
};

/* All of one listener. */
struct clients {
    int epoll;
    uint32_t tag;
    bool pending;     /* libmicrohttpd has something to do that no socket tells of */
    int highest;      /* descriptor so far */
    int64_t looked;   /* for those that are too slow; microseconds */
    int64_t relieved; /* likewise, for engines that wait for their clients */
    struct silent_set silent;
    unsigned most; /* connections, beyond which libmicrohttpd takes no more */
    unsigned count,
        closing; /* those that are closed to make room, until libmicrohttpd has seen it */
    int64_t told_of_silent; /* when the log was told last that some were closed; microseconds */
    /* By descriptor: events are told apart from those of a connection that is gone. */
    struct client *by_descriptor[MAX_DESCRIPTORS];
};

/* For MHD_OPTION_NOTIFY_CONNECTION; context: struct clients. */
void client_on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code);

/* NULL where memory ran out when it came. */
struct client *client_of(struct MHD_Connection *connection);

/* Nothing is read from it or written to it until client_wake. */
void client_suspend(struct client *client);
/* context: struct client. Nothing where it is not suspended. */
void client_wake(void *context);

/* context: struct client. Bytes that wait in its socket. */
uint64_t client_ready(void *context);

/* The router waits for something new from it: a head, a body, or that it takes its reply. */
void client_expect(struct client *client);

/* Its request's head is here, or is over: whether it is silent from now on. */
void client_note_silence(struct client *client, bool is_silent);

/* It has taken its reply, and may send another request. */
void client_took_reply(struct client *client);

/* Its socket says that it has left. */
void client_left(struct clients *clients, int descriptor);

/*
 * Cuts off those that send or take so slowly that it can only be meant to hold a connection or a
 * worker: by the measure of Apache's mod_reqtimeout, a head within 40 seconds, a body with 500
 * bytes a second after the first 20; and a reply at the same rate, behind which it may lag by 60
 * seconds, the send_timeout of nginx. Has each exchange look whether its replica lives
 * (exchange_look). Closes silent ones where there are many. Cheap where it was called within the
 * last second.
 */
void client_look(struct clients *clients);

/* So many that it has to be looked soon which of them may be closed. */
bool client_are_many(const struct clients *clients);

/* Has each exchange look whether its engine waits too long for its client (exchange_relieve). Cheap
 * where it was called within the last tenth of a second. */
void client_relieve_engines(struct clients *clients);

#endif
