/*
 * One request to one replica, and its reply. What libcurl has to do with it stays in transfer.c.
 */
#ifndef STANDPY_ROUTER_TRANSFER_H
#define STANDPY_ROUTER_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice.h"

/* Bytes of a body that libcurl reads at a time, and holds on a pause. */
#define TRANSFER_HOLDS 65536

struct transfers; /* those of one thread: upstream_transfers() */
struct transfer;
struct transfer_fields;

enum transfer_result {
    TRANSFER_COMPLETE,    /* a whole reply came */
    TRANSFER_NOT_REACHED, /* no connection: the request has not been sent, another may be tried */
    TRANSFER_BROKEN,      /* it may have been sent, and no whole reply came */
};

/* What a transfer tells its owner; all in the thread that started it. */
struct transfer_events {
    /* The reply's head begins; final status only. False: as field. */
    bool (*status)(void *owner, int status);
    /* False: the reply cannot be taken, and the transfer breaks. */
    bool (*field)(void *owner, struct slice name, struct slice value);
    /* The head is whole; length of the body in bytes, -1 if unknown. */
    void (*head)(void *owner, int64_t length);
    /* Takes all or nothing; on false it waits for transfer_continue_download. */
    bool (*body)(void *owner, const char *bytes, size_t length);
    /* Gives bytes of the request's body; 0: none now, it waits for
     * transfer_continue_upload. */
    size_t (*upload)(void *owner, char *into, size_t capacity);
    /* The end; the transfer is gone. cause is for the log. */
    void (*done)(void *owner, enum transfer_result result, const char *cause);
};

struct transfer_request {
    const char *replica; /* address:port */
    bool own_connection; /* none that was kept */
    const char *method;
    const char *target;  /* path and query, from "/" */
    int64_t body_length; /* -1: no body */
    const char *body;    /* if the whole body is here already, else NULL; as long as the transfer */
    const struct transfer_fields *fields; /* borrowed; must outlive the transfer */
};

/* Header fields of a request: a list that grows. NULL if memory runs out, and the list is
 * gone then. */
struct transfer_fields *transfer_fields_add(struct transfer_fields *fields, const char *line);
void transfer_fields_free(struct transfer_fields *fields);

/* NULL if it cannot be started; `done` is not called then. */
struct transfer *transfer_start(struct transfers *transfers, const struct transfer_request *request,
                                const struct transfer_events *events, void *owner);
/* There are bytes to send. */
void transfer_continue_upload(struct transfer *transfer);
/* There is room for the reply. */
void transfer_continue_download(struct transfer *transfer);
/* The owner wants nothing more of it; `done` is not called. */
void transfer_cancel(struct transfer *transfer);

#endif
