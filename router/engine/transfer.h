/*
 * Inside of upstream.h, shared by upstream.c (the sockets and timers of one thread's libcurl) and
 * transfer.c (one request and its reply).
 */
#ifndef STANDPY_ROUTER_TRANSFER_H
#define STANDPY_ROUTER_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "descriptors.h"
#include "reply_head.h"
#include "upstream.h"

#define MAX_CLOSING 64

struct transfer {
    CURL *easy;
    struct upstream *upstream;
    void *owner;
    CURLU *url; /* of the replica; parsed when the replica changes, not for each request */
    char replica[ADDRESS_TEXT_CAPACITY];
    char cause[CURL_ERROR_SIZE];
    struct reply_head head;
    bool upload_paused, download_paused;
    bool sent;             /* the request, on some connection */
    bool ended;            /* the engine has closed its side while the upload was paused */
    struct transfer *next; /* in the pool */
};

/* What epoll and libcurl know of a descriptor. */
struct upstream_socket {
    uint8_t watched;           /* EPOLLIN, EPOLLOUT; 0: epoll does not have it */
    bool wanted;               /* libcurl waits for it */
    struct transfer *transfer; /* for which it last did; see upstream_ready */
};

/* One thread's libcurl. */
struct upstream {
    CURLM *multi;
    int epoll;
    uint32_t tag;
    const struct transfer_events *events;
    int64_t due;           /* monotonic milliseconds; -1: nothing */
    struct transfer *free; /* not in use, with what never changes set already */
    size_t free_count;
    int closing[MAX_CLOSING]; /* sockets that libcurl is done with */
    size_t closing_count;
    struct upstream_socket sockets[MAX_DESCRIPTORS];
};

/* For CURLOPT_CLOSESOCKETFUNCTION; context: struct upstream. Closes it in upstream_close_sockets:
 * that takes the kernel a while, and the client's reply goes first. */
int upstream_close_later(void *context, curl_socket_t descriptor);

/* For CURLOPT_SOCKOPTFUNCTION; context: struct upstream. */
int upstream_note_socket(void *context, curl_socket_t descriptor, curlsocktype purpose);

/* libcurl neither reads nor writes on its behalf any more. */
void transfer_let_go(struct transfer *transfer);

/* Keeps it for another request, if its own ended well (is_sound) and there are not too many. */
void transfer_give_back(struct transfer *transfer, bool is_sound);
void transfer_free_all(struct upstream *upstream);

#endif
