/*
 * The clients' side: libmicrohttpd, driven by the loop. Only the files of this folder know
 * libmicrohttpd.
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
    uint32_t tag; /* upper half of epoll's data for the clients' sockets, which are watched for
                     clients that leave */
    struct transfers *transfers;
    struct inbox *inbox;
    bool tls; /* with the certificate of certificate.h */
};

/* NULL if libmicrohttpd does not start. */
struct listener *listener_create(const struct listener_config *config);
void listener_destroy(struct listener *listener);

/* Becomes readable when listener_run is due. */
int listener_descriptor(const struct listener *listener);

/* A client's socket says that the client has left. */
void listener_client_left(struct listener *listener, int descriptor);

/* True if listener_run is due although nothing is readable. */
bool listener_pending(const struct listener *listener);
/* Milliseconds until listener_run is due; -1: not at all. */
int listener_timeout(const struct listener *listener);
void listener_run(struct listener *listener);
/* Ends what takes too long. Call it once a second while exchanges are under way; more often is
 * cheap. */
void listener_look(struct listener *listener);

/* Accepts no new connection from now on, and no new request on existing ones. */
void listener_quiesce(struct listener *listener);
size_t listener_in_flight(const struct listener *listener);

#endif
