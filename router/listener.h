/*
 * The side of the clients: libmicrohttpd, driven from outside by the loop. listener.c is the only
 * file that knows libmicrohttpd.
 */
#ifndef STANDPY_ROUTER_LISTENER_H
#define STANDPY_ROUTER_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listener;
struct settings;
struct upstream;

/*
 * Serves the listening socket, which it takes over. tag marks the upper half of epoll's data of the
 * clients' sockets: they are watched for clients that leave. NULL where libmicrohttpd does not
 * start.
 */
struct listener *listener_create(int socket, int epoll, uint32_t tag,
                                 const struct settings *settings, struct upstream *upstream);
void listener_destroy(struct listener *listener);

/* Becomes readable when listener_run is due. */
int listener_descriptor(const struct listener *listener);

/* A client's socket says that the client has left. */
void listener_client_left(struct listener *listener, int descriptor);

/* True where listener_run is due although nothing is readable. */
bool listener_pending(const struct listener *listener);
/* Milliseconds until listener_run is due; -1: not at all. */
int listener_timeout(const struct listener *listener);
void listener_run(struct listener *listener);

/* Takes no new connection any more. */
void listener_quiesce(struct listener *listener);
/* How many exchanges are under way. */
size_t listener_in_flight(const struct listener *listener);

#endif
