/*
 * One exchange: a client's request, on its way to an engine, and the reply on its way back. The
 * steps beside it decide; this acts on what they decide, and holds what they need.
 *
 * The listener calls it with what the client sends, a transfer with what the engine sends; it tells
 * the listener through `wake` that it may go on.
 */
#ifndef STANDPY_ROUTER_EXCHANGE_H
#define STANDPY_ROUTER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "body.h"
#include "inbox.h"
#include "reply.h"
#include "request.h"
#include "request_head.h"
#include "request_id.h"
#include "settings.h"

/* The client's side, as the exchange needs it. */
struct exchange_client {
    void (*wake)(void *client);      /* the listener looks at the exchange again */
    uint64_t (*ready)(void *client); /* bytes that the client's socket has */
    void *client;
};

struct exchange {
    const struct settings *settings; /* those of when it began */
    struct exchange_client client;
    char request_id[REQUEST_ID_CAPACITY];
    char method[16];
    char address[64]; /* of the client */
    bool client_left;
    bool ends_connection; /* no other request is read behind this one */

    struct request request;  /* to the engine */
    size_t engine_target_at; /* where the engine's part of target begins */
    struct body body;
    struct reply reply;

    char cause[512]; /* why it failed, for the log; empty if it did not */
    int64_t began;   /* monotonic microseconds */

    char target[]; /* as the client sent it */
};

/* NULL if memory runs out. target: path and query as they came. */
struct exchange *exchange_create(struct transfers *transfers, struct inbox *inbox,
                                 const struct exchange_client *client, const char *target,
                                 const char *address);

/* Decides what becomes of the request: a reply is ready at once, or its body may come.
 * is_stopping: the router takes no new requests. */
void exchange_begin(struct exchange *exchange, const struct request_head *head, bool is_stopping);

/*
 * Takes bytes of the body; what it does not take now it takes after `wake`. False: cut the client
 * off, it sends what nobody wants.
 */
bool exchange_receive(struct exchange *exchange, const char *bytes, size_t length, size_t *taken);

/* The body is whole: once, also if there is none. */
void exchange_received(struct exchange *exchange);

/* Gives bytes of the reply's body; 0: none now, or none any more (REPLY_ENDS, REPLY_CUT). */
size_t exchange_give(struct exchange *exchange, char *into, size_t capacity);

/* The client is gone. */
void exchange_client_left(struct exchange *exchange);

/* Its engine waits for a client that is slow, or for whose worker others wait: takes the reply into
 * memory. */
void exchange_relieve(struct exchange *exchange);

/* Ends it if its replica has vanished (pool_is_gone), or none has come up in time. */
void exchange_look(struct exchange *exchange);

/* The router ends: what has no reply yet gets one of the router's, what has half of one is cut. */
void exchange_give_up(struct exchange *exchange);

/* Answers with an error of the router's own. Nothing if there is a whole reply, or none will be. */
void exchange_refuse(struct exchange *exchange, const struct refusal *refusal);

/* The client is cut off, for this cause: it counts as one that has left. */
void exchange_cut_off(struct exchange *exchange, const char *cause);

/* It was answered, or not, without the exchange. Nothing if it has a reply or its client has left.
 */
void exchange_answered_elsewhere(struct exchange *exchange, int status, const char *cause);

/* The one end of every exchange: stops what still runs, logs, frees. */
void exchange_end(struct exchange *exchange);

#endif
