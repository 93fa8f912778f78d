/*
 * One exchange: a client's request on its way to an engine, and the reply on its way back. The
 * steps in this folder decide; the exchange acts on what they decide, and holds what they need.
 *
 * The listener passes it what the client sends, a transfer what the engine sends. Through `wake` it
 * tells the listener to go on.
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

/* The client's side, as the exchange sees it. */
struct exchange_client {
    void (*wake)(void *client);      /* the listener looks at the exchange again */
    uint64_t (*ready)(void *client); /* bytes in the client's socket */
    void *client;
};

struct exchange {
    const struct settings *settings; /* those with which it began */
    struct exchange_client client;
    char request_id[REQUEST_ID_CAPACITY];
    char method[16];
    char address[64]; /* of the client */
    bool client_left;
    bool ends_connection; /* no further request is read after this one */

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

/* Decides what happens to the request: either a reply is ready at once, or its body may come.
 * is_stopping: the router accepts no new requests. */
void exchange_begin(struct exchange *exchange, const struct request_head *head, bool is_stopping);

/*
 * Takes bytes of the body; the rest it takes after `wake`. False: cut the client off, because it
 * sends what nobody wants.
 */
bool exchange_receive(struct exchange *exchange, const char *bytes, size_t length, size_t *taken);

/* The body is whole. Call it once, even if there is no body. */
void exchange_received(struct exchange *exchange);

/* Gives bytes of the reply's body; 0: none now, or none any more (REPLY_ENDS, REPLY_CUT). */
size_t exchange_give(struct exchange *exchange, char *into, size_t capacity);

void exchange_client_left(struct exchange *exchange);

/* Lets an engine go on that waits for the client. If the client is slow, or if others wait for the
 * worker, takes the reply into memory. An engine that has refused gets no more of the body. */
void exchange_relieve(struct exchange *exchange);

/* Ends it if its replica has vanished (pool_is_gone), or if none has come up in time. */
void exchange_look(struct exchange *exchange);

/* The router is stopping: answers for itself if there is no reply yet, and cuts a reply that is
 * half sent. */
void exchange_give_up(struct exchange *exchange);

/* Answers with an error of the router's own. Does nothing if there is a whole reply, or never will
 * be. */
void exchange_refuse(struct exchange *exchange, const struct refusal *refusal);

/* The client is cut off for this cause, and counts as one that has left. */
void exchange_cut_off(struct exchange *exchange, const char *cause);

/* Notes the status of a request that something else answered, or that nobody did. Does nothing if
 * it has a reply or its client has left. */
void exchange_answered_elsewhere(struct exchange *exchange, int status, const char *cause);

/* Every exchange ends here: stops what still runs, logs, frees. */
void exchange_end(struct exchange *exchange);

#endif
