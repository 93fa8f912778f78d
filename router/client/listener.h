/*
 * The side of the clients: libmicrohttpd, driven from outside by the loop. listener.c, client.c
 * and reply.c are the only files that know libmicrohttpd.
 */
#ifndef STANDPY_ROUTER_LISTENER_H
#define STANDPY_ROUTER_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inbox;
struct listener;
struct transfers;

struct listener_config {
    int socket; /* listening; taken over */
    unsigned max_connections;
    int epoll;
    uint32_t tag; /* marks the upper half of epoll's data of the clients' sockets, which are watched
                     for clients that leave */
    struct transfers *transfers;
    struct inbox *inbox;
    bool tls; /* with the certificate of certificate.h */
};

/* NULL where libmicrohttpd does not start. */
struct listener *listener_create(const struct listener_config *config);
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
/* Ends what takes too long; due once a second while exchanges are under way, cheap before. */
void listener_look(struct listener *listener);

/* Takes no new connection any more, and no new request on those that it has. */
void listener_quiesce(struct listener *listener);
/* How many exchanges are under way. */
size_t listener_in_flight(const struct listener *listener);

#endif
