/*
 * One exchange: a client's request, on its way to an engine, and the reply on its way back.
 *
 *   RECEIVING  the body comes in and goes on (body.h)
 *   WAITING    the whole request is here, the reply's head is not
 *
 * In both it may stand in its engine's queue, until a replica has room.
 *
 *   REPLYING   the reply goes to the client
 *   ENDED      nothing more goes to or comes from the engine
 *
 * The listener calls it with what the client sends, upstream.c with what the engine sends; it tells
 * the listener through `wake` that it may go on.
 */
#ifndef STANDPY_ROUTER_EXCHANGE_H
#define STANDPY_ROUTER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "field_list.h"
#include "inbox.h"
#include "pool.h"
#include "problem.h"
#include "request_id.h"
#include "ring.h"
#include "settings.h"
#include "upstream.h"

#define MAX_TARGET       4096         /* bytes of path and query */
#define MAX_REQUEST_HEAD 60000        /* bytes of fields; uWSGI takes 65535 with what it adds */
#define MAX_DISCARD      (4ULL << 30) /* bytes of a body that nobody wants, before the cut */

/* What the listener knows of a request's head. Borrowed; valid during the call. */
struct exchange_head {
    const char *method, *version;
    bool is_strict;            /* strict_head.h */
    const char *authorization; /* NULL where absent, as all below */
    const char *request_id;
    bool stopping; /* the router takes no new requests */
    /* Calls visit for each field of the head. */
    void (*each_field)(void *listener_context,
                       bool (*visit)(void *context, const char *name, const char *value),
                       void *context);
    void *listener_context;
};

struct exchange {
    const struct settings *settings; /* those of when it began */
    struct upstream *upstream;
    void (*wake)(void *client);      /* the listener looks at the exchange again */
    uint64_t (*ready)(void *client); /* bytes that the client's socket has */
    void *client;

    enum {
        EXCHANGE_NEW,
        EXCHANGE_RECEIVING,
        EXCHANGE_WAITING,
        EXCHANGE_REPLYING,
        EXCHANGE_ENDED
    } state;
    char request_id[REQUEST_ID_CAPACITY];
    char method[16];
    char address[64];            /* of the client */
    const struct engine *engine; /* NULL where the path names none */
    size_t engine_target_at;     /* where the engine's part of target begins */

    struct transfer_fields *fields; /* of the request; owned */
    int64_t body_length;            /* -1: no body; of a chunked one known when it is whole */
    bool has_body;                  /* that may be still to come */
    uint64_t received;              /* bytes of the body so far */
    uint64_t discarded;             /* of those, behind the answer */
    struct ring upload;
    bool collects;           /* until the body is whole, or its client ahead (body.h) */
    struct buffer collected; /* before what is in upload */

    struct inbox *inbox;                 /* of the loop */
    struct inbox_item granted;           /* linked in it when a place has come free */
    struct waiter waiter;                /* with the replica, while it has one */
    bool limited;                        /* it takes a worker's time, and waits for its turn */
    bool attempted;                      /* to send it to some replica */
    int64_t stranded;                    /* since when it waits for a replica to come up; 0: not */
    struct transfer *transfer;           /* NULL before and after */
    char replica[ADDRESS_TEXT_CAPACITY]; /* the last one, for log and reply; "" before */
    unsigned retry_after;                /* seconds, of a 503; 0: none */

    int status;        /* of the reply; 0: no reply yet */
    const char *allow; /* of a 405 */
    char *problem;     /* body of a reply of the router's own; owned */
    size_t problem_length;
    const char *content_type; /* of that */
    struct field_list reply_fields;
    char reply_options[256]; /* of its Connection fields, with commas between */
    int64_t reply_length;    /* -1: unknown */
    struct ring download;
    struct buffer overflow; /* behind what is in download */
    bool overflows;         /* the client is slow, its engine need not wait for it */
    int64_t blocked;        /* since when the engine waits for the client; 0: it does not */
    bool token_refused;     /* the engine does not take the router's token */
    bool head_complete;     /* of the engine's reply */
    bool reply_complete;    /* all of the reply is in download, overflow, or with the client */
    bool broken;            /* the reply will never be whole: cut the client off */
    bool client_left;
    bool ends_connection; /* no other request is read behind this one */

    uint64_t sent;   /* bytes of the reply's body */
    char cause[512]; /* why it failed, for the log; empty where it did not */
    /* Monotonic microseconds; 0 where it has not come to that. */
    int64_t began, queued, started, replied; /* replied: the reply's head came */

    char target[]; /* as the client sent it */
};

/* NULL where memory runs out. target: path and query as they came. wake, ready and client are the
 * caller's to set. */
struct exchange *exchange_create(struct upstream *upstream, struct inbox *inbox, const char *target,
                                 const char *address);

/* Microseconds in the queue, and with the engine until its reply began. */
int64_t exchange_queue_time(const struct exchange *exchange);
int64_t exchange_engine_time(const struct exchange *exchange);
int64_t exchange_now(void); /* monotonic microseconds */

/* Decides what becomes of the request: a reply is ready at once, or its body may come. */
void exchange_begin(struct exchange *exchange, const struct exchange_head *head);

/* True where the reply can be begun: its head is here, and its body or enough of it. */
bool exchange_reply_ready(const struct exchange *exchange);
/* True where all of the reply is in download, in one piece. */
bool exchange_reply_is_one_piece(const struct exchange *exchange);

/* Gives bytes of the reply's body; 0: none now, or none any more (see reply_complete, broken). */
size_t exchange_give(struct exchange *exchange, char *into, size_t capacity);

/* The client is gone. */
void exchange_client_left(struct exchange *exchange);

/* Where its engine waits for a client that is slow, or for whose worker others wait: takes the
 * reply into memory. */
void exchange_relieve(struct exchange *exchange);

/* Ends it where its replica has vanished (pool_is_gone), or none has come up in time. */
void exchange_look(struct exchange *exchange);

/* The router ends: what has no reply yet gets one of the router's, what has half of one is cut. */
void exchange_give_up(struct exchange *exchange);

/* The one end of every exchange: stops what still runs, logs, frees. */
void exchange_end(struct exchange *exchange);

/* The one place that answers with an error of the router's own; format is of the detail. */
__attribute__((format(printf, 3, 4))) void
exchange_refuse(struct exchange *exchange, enum problem_kind kind, const char *format, ...);

/* Keeps the first cause of a failure, for the log. */
void exchange_note_cause(struct exchange *exchange, const char *cause);

/* What upstream_create wants to know. */
extern const struct transfer_events exchange_transfer_events;

#endif
