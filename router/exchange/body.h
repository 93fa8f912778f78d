/*
 * The way of a request's body: from the client, through the ring, to the engine.
 *
 * A body that fits into the ring goes on when it is whole. A larger one goes on from where the ring
 * is full, if the client is ahead of the router then, with more of it in its socket. From a client
 * that is not, it is collected behind the ring (buffer.h) until it is whole or the client is ahead,
 * so that no worker waits for a slow line; where there is no memory for that, a worker does. A
 * chunked body is always collected until it is whole, as uWSGI needs its length.
 */
#ifndef STANDPY_ROUTER_BODY_H
#define STANDPY_ROUTER_BODY_H

#include <stdbool.h>
#include <stddef.h>

struct exchange;

/*
 * Takes bytes of the body; what it does not take now it takes after `wake`. False: cut the client
 * off, it sends what nobody wants.
 */
bool body_receive(struct exchange *exchange, const char *bytes, size_t length, size_t *taken);

/* The body is whole. */
void body_received(struct exchange *exchange);

/* Gives bytes to the engine's side; 0: none now. */
size_t body_give(struct exchange *exchange, char *into, size_t capacity);

/* A body that fits into the ring is sent on in one piece, when it is whole. */
bool body_is_small(const struct exchange *exchange);

#endif
