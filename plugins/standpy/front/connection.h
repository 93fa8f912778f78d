/*
 * A client's connection: its state, and how long that may last. Other files read from it and write
 * to it (listener, upload, outgoing, linger).
 */
#ifndef STANDPY_CONNECTION_H
#define STANDPY_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "body.h"
#include "chunked.h"
#include "loop.h"
#include "request.h"
#include "silent.h"
#include "states.h"
#include "timeouts.h"

enum body_status {
    BODY_WHOLE,
    BODY_SHORT,     /* the client ended it early */
    BODY_STALLED,   /* nothing came for connections_patience() */
    BODY_SLOW,      /* less than BODY_RATE came */
    BODY_NO_MEMORY, /* for the rest of it */
    BODY_TOO_LARGE, /* a chunked one is larger than allowed */
    BODY_MALFORMED, /* its chunks are not clear */
};

/* What becomes of a connection after the answer. */
enum after_answer {
    AFTER_NEXT, /* it is kept for the next request */
    AFTER_CLOSE,
    AFTER_LINGER, /* some of the request is unread: close without losing the answer */
};

/* Whether there is room for what a chunked body has. */
enum chunks { CHUNKS_FIT, CHUNKS_TOO_LARGE, CHUNKS_NO_MEMORY };

struct connection;

/* Knows what to do with requests; a connection knows HTTP, and nothing of scripts. */
struct connection_user {
    /* A head has come: read the body, or answer. */
    void (*head)(struct connection *connection, const struct request_head *head);
    /* No head will come: answer. */
    void (*malformed)(struct connection *connection, enum head_status status);
    /* The body is whole, or never will be; `left`: the client is gone, too. */
    void (*body)(struct connection *connection, enum body_status status, bool left);
    /* There is room for more of an answer that is made while it is sent (stream.h). */
    void (*drained)(struct connection *connection);
    /* The client has left while the user had its request: forget the connection. */
    void (*left)(struct connection *connection);
    /* The answer is sent, or as much as the client took: forget the connection. */
    void (*answered)(struct connection *connection);
};

struct connection {
    struct source source;
    enum connection_state state;
    enum after_answer after;
    const struct connection_user *user;
    void *request; /* belongs to its user */
    struct uwsgi_socket *socket;
    struct sockaddr_storage client;
    socklen_t client_length;
    struct timeout timeout;
    struct silent_member silent; /* of CONNECTION_FRESH and CONNECTION_HEAD */
    struct head_reader *reader;  /* of CONNECTION_HEAD */

    struct body body;
    bool is_chunked;        /* the body comes in chunks, to its end */
    struct chunked chunked; /* likewise */
    enum chunks chunks;
    uint64_t body_limit;  /* bytes of a chunked one; 0: none */
    struct timeout place; /* among the connections whose large body comes, oldest first */
    /* Where its rate is counted from: a moment (nanoseconds), and the bytes that had come. */
    int64_t body_since;
    uint64_t body_from;

    char *unsent; /* owned; what the socket did not take at once */
    size_t unsent_length, unsent_sent;
    size_t kept;     /* of these, what connections_kept counts: of an answer that is being made */
    int answer_file; /* owned; -1 if there is none */
    uint64_t file_length, file_sent;
    int64_t linger_until; /* nanoseconds */
};

/*
 * Call it once, in the front. patience: seconds within which at least a byte has to come. due:
 * called for a connection that has been in its state for too long.
 */
void connections_set_up(int patience, void (*due)(struct connection *connection));
int connections_patience(void);

/* The only function that sets its state. The time that a state may last begins anew. */
void connection_enter(struct connection *connection, enum connection_state state);

/* Every connection ends here; frees it. */
void connection_close(struct connection *connection);

/* Counts what is kept of its answer; until that is dropped, or 0 is said. */
void connection_count_kept(struct connection *connection, size_t bytes);
size_t connections_kept(void);

/* Frees what is left of its answer. */
void connection_drop_answer(struct connection *connection);

/* Says whether it takes another request, if its answer is made now. */
bool connection_goes_on(const struct connection *connection);

/* All that are not closed; and of these the ones between requests, or before the first. */
size_t connections_count(void);
size_t connections_unused(void);
/* The one that has been longest in this state without a byte; NULL if there is none. */
struct connection *connections_oldest(enum connection_state state);
/* The ones that have not sent a request yet. */
const struct silent_set *connections_silent(void);

/* When one will have been in its state for too long, or TIMEOUT_NEVER; calls `due` for those. */
int64_t connections_next_timeout(void);
void connections_pass_time(void);

/* From now on each answer is the last on its connection, and quiet connections end soon. */
void connections_finish(void);
bool connections_are_finishing(void);
bool connections_are_left(void);

#endif
