/*
 * The side of the engines: libcurl's multi interface on the loop's epoll. upstream.c and transfer.c
 * are the only files that know libcurl, but for the probes in monitor.c and healthcheck.c.
 */
#ifndef STANDPY_ROUTER_UPSTREAM_H
#define STANDPY_ROUTER_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

#define UPSTREAM_HOLDS                                                                             \
    65536 /* bytes of a body that libcurl reads at a time, and holds on a pause */

struct upstream; /* one for each loop */
struct transfer; /* one request to one replica */

enum transfer_result {
    TRANSFER_COMPLETE,    /* a whole reply came */
    TRANSFER_NOT_REACHED, /* no connection: the request has not been sent, another may be tried */
    TRANSFER_BROKEN,      /* it may have been sent, and no whole reply came */
};

/* What a transfer tells its owner. */
struct transfer_events {
    /* The reply's head begins; final status only. False: as field. */
    bool (*status)(void *owner, int status);
    /* False: the reply cannot be taken, and the transfer breaks. */
    bool (*field)(void *owner, struct slice name, struct slice value);
    /* The head is whole; length of the body in bytes, -1 where unknown. */
    void (*head)(void *owner, int64_t length);
    /* Takes all or nothing; on false it waits for transfer_continue_download. */
    bool (*body)(void *owner, const char *bytes, size_t length);
    /* Gives bytes of the request's body; 0: none now, it waits for
     * transfer_continue_upload. */
    size_t (*upload)(void *owner, char *into, size_t capacity);
    /* The end; the transfer is gone. cause is for the log. */
    void (*done)(void *owner, enum transfer_result result, const char *cause);
};

struct upstream_request {
    const char *replica; /* address:port */
    bool
        own_connection; /* none that was kept: whoever is free answers it, or the control process */
    const char *method;
    const char *target;  /* path and query, from "/" */
    int64_t body_length; /* -1: no body */
    const char *body; /* where the whole body is here already, else NULL; as long as the transfer */
    const struct transfer_fields *fields; /* borrowed; must outlive the transfer */
};

/* Once for the process, before and after all else. False where libcurl does not start. */
bool upstream_global_start(void);
void upstream_global_stop(void);

/* NULL where memory runs out. tag marks the upper half of epoll's data of this side's sockets. */
struct upstream *upstream_create(int epoll, uint32_t tag, const struct transfer_events *events);
void upstream_destroy(struct upstream *upstream);

/* Header fields of a request: a list that grows. NULL where memory runs out, the list is gone then.
 */
struct transfer_fields *transfer_fields_add(struct transfer_fields *fields, const char *line);
void transfer_fields_free(struct transfer_fields *fields);

/* NULL where it cannot be started; `done` is not called then. */
struct transfer *transfer_start(struct upstream *upstream, const struct upstream_request *request,
                                void *owner);
/* There are bytes to send. */
void transfer_continue_upload(struct transfer *transfer);
/* There is room for the reply. */
void transfer_continue_download(struct transfer *transfer);
/* The owner wants nothing more of it; `done` is not called. */
void transfer_cancel(struct transfer *transfer);

/* A socket of this side is ready (EPOLLIN, EPOLLOUT, …). */
void upstream_ready(struct upstream *upstream, int descriptor, uint32_t events);
/* Milliseconds until upstream_run is due; -1: not at all. */
int upstream_timeout(const struct upstream *upstream);
/* Closes the sockets of ended transfers, once the replies are on their way. */
void upstream_close_sockets(struct upstream *upstream);
/* Does what is due and ends transfers that are done. */
void upstream_run(struct upstream *upstream);

#endif
