/*
 * A client's connection: heads and bodies come in, answers go out. It knows HTTP, and nothing of
 * scripts; what is to be done with a request its user says.
 */
#ifndef STANDPY_CONNECTION_H
#define STANDPY_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "body.h"
#include "loop.h"
#include "request.h"
#include "silent.h"
#include "slice.h"
#include "timeouts.h"

enum connection_state {
    CONNECTION_IDLE,      /* between requests, or before the first */
    CONNECTION_HEAD,      /* some of a head has come */
    CONNECTION_BODY,      /* some of a body is missing */
    CONNECTION_WAITING,   /* its user has the request */
    CONNECTION_ANSWERING, /* some of the answer has to go yet */
    CONNECTION_DRAINING,  /* answered; what nobody reads still comes (RFC 9112 §9.6) */
    CONNECTION_CLOSED,
};

enum body_status {
    BODY_WHOLE,
    BODY_SHORT,     /* the client ended it early */
    BODY_STALLED,   /* nothing came for connections_patience() */
    BODY_SLOW,      /* less than BODY_RATE came */
    BODY_NO_MEMORY, /* for the rest of it */
};

#define BODY_RATE 500 /* bytes a second, behind the first BODY_TIME; as the router's (client.h) */
#define BODY_TIME 20  /* seconds */

struct connection {
    struct source source;
    enum connection_state state;
    struct uwsgi_socket *socket;
    struct sockaddr_storage client;
    socklen_t client_length;
    struct timeout timeout;
    struct silent_member silent; /* of CONNECTION_HEAD, and before the first request */
    struct timeout place;        /* among those whose large body comes, oldest first */
    bool paused;                 /* its large body waits until others are gone */
    struct head_reader *reader;  /* of CONNECTION_HEAD */
    struct body body;
    int64_t
        body_since; /* nanoseconds; from when, and from how many bytes on, its rate is looked at */
    uint64_t body_from;
    void *request; /* its user's */
    char *unsent;  /* owned; what the socket did not take at once */
    size_t unsent_length, unsent_sent;
    int answer_file; /* owned; -1 if there is none */
    uint64_t file_length, file_sent;
    int64_t drain_until; /* nanoseconds */
    bool keep;           /* it goes on behind the answer */
    bool unread;         /* some of the request is not read: close without losing the answer */
};

struct connection_user {
    /* A head has come. Has to read the body, or answer. */
    void (*head)(struct connection *connection, const struct request_head *head);
    /* It never will; has to answer. */
    void (*malformed)(struct connection *connection, enum head_status status);
    /* The body is whole, or never will be; `left`: so is the client. */
    void (*body)(struct connection *connection, enum body_status status, bool left);
    /* The client has left while its request was the user's, which must forget the connection. */
    void (*left)(struct connection *connection);
    /* The answer is sent, or as much as the client took; the user must forget the connection. */
    void (*answered)(struct connection *connection, bool whole);
};

/* Once, in the front. patience: seconds in which at least a byte has to come. */
void connections_set_up(const struct connection_user *user, int patience);
int connections_patience(void);

/* Takes some of a listening socket's new connections. False once there are no more. */
bool connections_accept(struct uwsgi_socket *socket);

/* Reads the body that the head promised; the user hears of it by `body`, perhaps at once. */
void connection_read_body(struct connection *connection, const struct request_head *head);

/* The body is the caller's from now on. */
struct body connection_take_body(struct connection *connection);

/* 100 Continue (RFC 9110 §15.2.1). */
void connection_continue(struct connection *connection);

struct outgoing {
    struct slice head; /* with its empty line */
    struct slice body; /* borrowed: sent or copied before the call returns */
    int file;          /* instead of a body; the connection's from now on. -1: none */
    uint64_t file_length;
    bool keep;
    bool unread;
};

/* Sends the answer; the user hears of its end by `answered`, perhaps at once. */
void connection_answer(struct connection *connection, const struct outgoing *answer);

/* When something is due, or TIMEOUT_NEVER; and what is due now. */
int64_t connections_next_timeout(void);
void connections_pass_time(void);

/* From now on answers are the last on their connections, and quiet ones end after a moment. */
void connections_finish(void);
bool connections_are_finishing(void);
bool connections_are_left(void);

#endif
