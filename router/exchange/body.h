/*
 * A request's body, on its way from the client through the ring to the engine.
 *
 * A body that fits into the ring goes on when it is whole. For a larger one it depends on the
 * client when the ring is full. If the client is ahead of the router, with more of the body in its
 * socket, the body goes on at once. If not, it is collected behind the ring (buffer.h) until it is
 * whole or the client is ahead, so that no worker waits for a slow line; without memory for that, a
 * worker does wait. A chunked body is always collected until it is whole, because uWSGI needs its
 * length.
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
    BODY_FILLS,    /* fills the ring, until that is full or the body whole */
    BODY_COLLECTS, /* is collected behind the ring, until it is whole or its client ahead */
    BODY_UNCHUNKS, /* is collected behind the ring until it is whole, however long */
    BODY_STREAMS,  /* its request is on the way: what comes goes on at once */
    BODY_WHOLE,    /* no more of it comes */
};

/* What is collected goes before what is in the ring. */
struct body {
    enum body_state state; /* set by body.c alone */
    int64_t length;        /* bytes; -1: there is no body, or it is chunked and not whole */
    uint64_t received;     /* bytes so far */
    uint64_t discarded;    /* of those, after the answer */
    uint64_t size_limit;   /* most bytes of a chunked body; 0: no limit */
    uint64_t buffer_limit; /* most bytes of all buffers together */
    uint64_t (*ready)(void *client); /* bytes in the client's socket */
    void *client;
    struct ring ring;
    struct buffer collected;
};

/* Empty. The rest is zero; the caller sets ready and client. */
#define BODY_EMPTY ((struct body){.length = -1, .collected = BUFFER_EMPTY})

/* Call it after the head. length: as in struct body. */
void body_begin(struct body *body, int64_t length, bool is_chunked);

/* Whether the head has announced a body. */
bool body_is_announced(const struct body *body);

/*
 * Takes bytes of the body. STEP_TAKE: all of them. STEP_WAIT: *taken of them, the rest once the
 * engine has taken some. STEP_START: *taken of them, and the request has to go to the engine now.
 * STEP_REFUSE: the body is too large, or memory ran out.
 */
enum step body_receive(struct body *body, const char *bytes, size_t length, size_t *taken,
                       struct refusal *refusal);

/* Counts unwanted bytes after the answer. False: too many, cut the client off. */
bool body_discard(struct body *body, size_t length);

/* The body is whole. STEP_START: its request has to go to the engine now. STEP_TAKE: the request is
 * already on the way. */
enum step body_end(struct body *body);

/* The whole body if it is in one piece and none of it has gone; else NULL. Borrowed. */
const char *body_in_one_piece(const struct body *body);

/* Gives bytes to the engine's side; 0: none now. */
size_t body_give(struct body *body, char *into, size_t capacity);

/* Frees what it holds. */
void body_finish(struct body *body);

#endif
