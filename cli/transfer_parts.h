/*
 * What the files of a transfer share.
 */
#ifndef STANDPY_CLI_TRANSFER_PARTS_H
#define STANDPY_CLI_TRANSFER_PARTS_H

#include <curl/curl.h>

#include "patience.h"
#include "request.h"

#define CONNECT_SECONDS 10

enum transfer_state {
    TRANSFER_CONNECTING,
    TRANSFER_SENDING,
    TRANSFER_WAITING,   /* the request is out */
    TRANSFER_RECEIVING, /* the head of the answer is there */
};

/* Why the client itself ended it. */
enum transfer_stop {
    TRANSFER_GOES_ON,
    TRANSFER_SILENT,
    TRANSFER_TOO_SLOW,
    TRANSFER_INTERRUPTED,
    TRANSFER_REFUSED, /* by the receiver, which says why */
};

struct transfer {
    CURL *easy;
    CURLM *multi;
    curl_mime *mime;            /* NULL of a GET */
    struct curl_slist *headers; /* owned */
    const struct target *target;
    const struct request *request;
    const struct receiver *receiver;
    struct failure *failure;
    enum transfer_state state;
    enum transfer_stop stop;
    curl_socket_t socket;     /* the last one that libcurl opened; -1 before */
    bool is_connected;        /* it has a peer, though perhaps no TLS yet */
    const char *changed_file; /* that became shorter while it was sent; borrowed */
    struct answer_head head;
    struct sentence not_http; /* what is wrong with the head; "" if nothing */
    struct patience patience;
    curl_off_t sent;
    char error[CURL_ERROR_SIZE];
};

/* The body of the request. False if memory runs out. */
bool transfer_add_parts(struct transfer *transfer);

/* Bytes of the request's body; -1 as long as libcurl does not know. */
curl_off_t transfer_total(const struct transfer *transfer);

/* Says what went wrong. Returns false. */
bool transfer_explain(struct transfer *transfer, CURLcode code);

#endif
