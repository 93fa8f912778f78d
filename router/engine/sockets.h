/*
 * The sockets of one thread's libcurl, watched by the thread's epoll.
 */
#ifndef STANDPY_ROUTER_SOCKETS_H
#define STANDPY_ROUTER_SOCKETS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "descriptors.h"

#define SOCKETS_MAX_CLOSING 64

/* What epoll and libcurl know of a descriptor. */
struct upstream_socket {
    uint8_t watched; /* EPOLLIN, EPOLLOUT; 0: epoll does not watch it */
    bool wanted;     /* libcurl waits for it */
    void *owner;     /* CURLOPT_PRIVATE of the handle for which it last waited */
};

struct sockets {
    int epoll;
    uint32_t tag;                     /* upper half of epoll's data */
    int closing[SOCKETS_MAX_CLOSING]; /* those that libcurl is done with */
    size_t closing_count;
    struct upstream_socket known[MAX_DESCRIPTORS];
};

/* For CURLMOPT_SOCKETFUNCTION; context: struct sockets. */
int sockets_on_wanted(CURL *easy, curl_socket_t descriptor, int what, void *context, void *unused);

/* For CURLOPT_SOCKOPTFUNCTION; context: struct sockets. */
int sockets_on_open(void *context, curl_socket_t descriptor, curlsocktype purpose);

/* For CURLOPT_CLOSESOCKETFUNCTION; context: struct sockets. Leaves the closing to sockets_close,
 * because that takes the kernel a while, and the client's reply goes first. */
int sockets_on_close(void *context, curl_socket_t descriptor);

/* Closes the sockets that libcurl is done with. */
void sockets_close(struct sockets *sockets);

/* Stops watching a socket on which something happens that nobody wants. */
void sockets_unwatch(struct sockets *sockets, int descriptor);

#endif
