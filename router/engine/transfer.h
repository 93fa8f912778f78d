/*
 * One request to one replica, and its reply. libcurl's part in it stays in transfer.c.
 */
#ifndef STANDPY_ROUTER_TRANSFER_H
#define STANDPY_ROUTER_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

/* Bytes of a body that libcurl reads at once, and holds during a pause. */
#define TRANSFER_HOLDS 65536

struct transfers; /* the transfers of one thread: upstream_transfers() */
struct transfer;
struct transfer_fields;

enum transfer_result {
    TRANSFER_COMPLETE,    /* a whole reply came */
    TRANSFER_NOT_REACHED, /* no connection: nothing was sent, another replica may be tried */
    TRANSFER_BROKEN,      /* the request may have been sent, and no whole reply came */
};

/* What a transfer tells its owner, always in the thread that started it. */
struct transfer_events {
    /* The reply's head begins; only called for the final status. False: the transfer breaks, as for
     * field. */
    bool (*status)(void *owner, int status);
    /* False: the owner cannot take the reply, and the transfer breaks. */
    bool (*field)(void *owner, struct slice name, struct slice value);
    /* The head is whole. length: bytes of the body; -1 if unknown. */
    void (*head)(void *owner, int64_t length);
    /* Takes all or nothing. After false the transfer waits for transfer_continue_download. */
    bool (*body)(void *owner, const char *bytes, size_t length);
    /* Gives bytes of the request's body. After 0 (none now) the transfer waits for
     * transfer_continue_upload. */
    size_t (*upload)(void *owner, char *into, size_t capacity);
    /* The transfer has ended and is gone. cause is for the log. */
    void (*done)(void *owner, enum transfer_result result, const char *cause);
};

struct transfer_request {
    const char *replica; /* address:port */
    bool own_connection; /* a new connection, not one that was kept */
    const char *method;
    const char *target;  /* path and query, from "/" */
    int64_t body_length; /* -1: no body */
    const char *body;    /* the whole body, NULL if it is not all here; outlives the transfer */
    const struct transfer_fields *fields; /* borrowed; must outlive the transfer */
};

/* Adds a header field to a request's list. NULL if memory runs out; the list is then freed. */
struct transfer_fields *transfer_fields_add(struct transfer_fields *fields, const char *line);
void transfer_fields_free(struct transfer_fields *fields);

/* NULL if it cannot be started; `done` is then not called. */
struct transfer *transfer_start(struct transfers *transfers, const struct transfer_request *request,
                                const struct transfer_events *events, void *owner);
/* There are bytes to send again. */
void transfer_continue_upload(struct transfer *transfer);
/* There is room for the reply again. */
void transfer_continue_download(struct transfer *transfer);
/* The owner wants nothing more of it; `done` is not called. */
void transfer_cancel(struct transfer *transfer);

#endif
