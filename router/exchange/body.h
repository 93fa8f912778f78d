/*
 * The way of a request's body: from the client, through the ring, to the engine.
 *
 * A body that fits into the ring goes on when it is whole. A larger one goes on as soon as the ring
 * is full, if the client is ahead of the router then, with more of it in its socket. From a client
 * that is not, it is collected behind the ring (buffer.h) until it is whole or the client is ahead,
 * so that no worker waits for a slow line; if there is no memory for that, a worker does. A chunked
 * body is always collected until it is whole, as uWSGI needs its length.
 */
#ifndef STANDPY_ROUTER_BODY_H
#define STANDPY_ROUTER_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "ring.h"
#include "step.h"

enum body_state {
    BODY_FILLS,    /* the ring, until that is full or the body whole */
    BODY_COLLECTS, /* behind the ring, until it is whole or its client ahead */
    BODY_UNCHUNKS, /* behind the ring, until it is whole, however long that is */
    BODY_STREAMS,  /* its request is on the way: what comes goes on */
    BODY_WHOLE,    /* no more of it comes */
};

/* What was collected goes before what is in the ring. */
struct body {
    enum body_state state;           /* set by body.c alone */
    int64_t length;                  /* bytes; -1: there is none, or it is chunked and not whole */
    uint64_t received;               /* bytes so far */
    uint64_t discarded;              /* of those, behind the answer */
    uint64_t size_limit;             /* bytes of a chunked one; 0: none */
    uint64_t buffer_limit;           /* bytes of all buffers */
    uint64_t (*ready)(void *client); /* bytes that the client's socket has */
    void *client;
    struct ring ring;
    struct buffer collected;
};

/* Empty; the rest is zero, and ready and client the caller's to set. */
#define BODY_EMPTY ((struct body){.length = -1, .collected = BUFFER_EMPTY})

/* After the head. length: as in struct body. */
void body_begin(struct body *body, int64_t length, bool is_chunked);

/* Whether the head has announced one. */
bool body_is_announced(const struct body *body);

/*
 * Takes bytes of it. STEP_TAKE: all of them. STEP_WAIT: *taken of them, the rest when the engine
 * has taken some. STEP_START: *taken of them, and the request is to go to the engine now.
 * STEP_REFUSE: it is too large, or memory ran out.
 */
enum step body_receive(struct body *body, const char *bytes, size_t length, size_t *taken,
                       struct refusal *refusal);

/* Counts bytes that nobody wants, behind the answer. False: too many, cut the client off. */
bool body_discard(struct body *body, size_t length);

/* It is whole. STEP_START: its request is to go to the engine now; STEP_TAKE: it is on the way. */
enum step body_end(struct body *body);

/* All of it, if it is in one piece and none of it has gone; else NULL. Borrowed. */
const char *body_in_one_piece(const struct body *body);

/* Gives bytes to the engine's side; 0: none now. */
size_t body_give(struct body *body, char *into, size_t capacity);

/* Frees what it holds. */
void body_finish(struct body *body);

#endif
