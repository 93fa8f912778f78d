/*
 * The inside of transfer.h, for transfer.c and upstream.c: libcurl's part of one thread's
 * transfers.
 */
#ifndef STANDPY_ROUTER_TRANSFERS_H
#define STANDPY_ROUTER_TRANSFERS_H

#include <curl/curl.h>
#include <stddef.h>

#include "address.h"
#include "reply_head.h"
#include "sockets.h"

struct transfer_events;

enum transfer_state {
    TRANSFER_FREE,    /* kept for a later request */
    TRANSFER_STARTED, /* no byte of the request has been sent */
    TRANSFER_SENT,    /* the request has been sent on a connection: a script may run */
    TRANSFER_LET_GO,  /* the engine has closed its side while the upload was paused */
};

struct transfer {
    enum transfer_state state; /* set by transfer.c alone */
    int paused;                /* CURLPAUSE_SEND, CURLPAUSE_RECV */
    CURL *easy;
    struct transfers *transfers;
    const struct transfer_events *events;
    void *owner;
    CURLU *url; /* of the replica; parsed if the replica changes, not for each request */
    char replica[ADDRESS_TEXT_CAPACITY];
    char cause[CURL_ERROR_SIZE];
    struct reply_head head;
    struct transfer *next; /* among the free ones */
};

struct transfers {
    CURLM *multi;
    struct sockets *sockets;
    struct transfer *free; /* what never changes is already set in them */
    size_t free_count;
};

/* Frees the free transfers; none may be under way. */
void transfers_finish(struct transfers *transfers);

/* libcurl is done with the transfer: removes it and tells its owner. */
void transfer_finish(struct transfer *transfer, CURLcode code);

/* Its upload is paused and its engine has closed: makes libcurl notice. */
void transfer_let_go(struct transfer *transfer);

#endif
