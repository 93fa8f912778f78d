/*
 * The request of an exchange, on its way to a replica and with it: its state, and how long each
 * step took.
 */
#ifndef STANDPY_ROUTER_REQUEST_H
#define STANDPY_ROUTER_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "body.h"
#include "dispatch.h"
#include "reply.h"
#include "request_head.h"
#include "transfer.h"

enum request_state {
    REQUEST_UNASKED, /* no replica has been asked for yet */
    REQUEST_QUEUED,  /* it waits for a replica */
    REQUEST_SENT,    /* a replica has it */
    REQUEST_DONE,    /* nothing more goes to an engine or comes from one */
};

struct request {
    enum request_state state;       /* set by request.c alone */
    struct dispatch dispatch;       /* its engine, and the replica while it has one */
    struct transfer_fields *fields; /* owned */
    struct transfers *transfers;
    struct transfer *transfer;           /* NULL unless it is sent */
    char replica[ADDRESS_TEXT_CAPACITY]; /* the last one, for log lines and errors; "" before */
    struct content_numbers kept;         /* what its replica says that it keeps */
    int64_t since;                       /* when its state began; monotonic microseconds */
    int64_t queue_time;  /* microseconds that it waited; -1: for none, or refused at once */
    int64_t engine_time; /* microseconds with a replica until its reply began; -1: not yet */
};

/* What goes to the replica. Borrowed; must outlive the transfer. */
struct request_line {
    const char *method;
    const char *target; /* the engine's part of the target */
};

/* now: monotonic microseconds. The rest of the struct must be zero. */
void request_init(struct request *request, struct transfers *transfers, int64_t now);

/* Takes those fields of the client's head that go on, and adds the router's own. STEP_TAKE, or
 * STEP_REFUSE. */
enum step request_take_fields(struct request *request, const struct settings *settings,
                              const struct request_head *head, const char *request_id,
                              const char *client, struct refusal *refusal);

/* Looks for a replica, or for another one. Returns as dispatch_find. */
enum step request_find(struct request *request, struct refusal *refusal);

/* The wait is over. Returns as dispatch_find. */
enum step request_resume(struct request *request, struct refusal *refusal);

/* After STEP_START: sends the request to its replica. STEP_TAKE, or STEP_REFUSE. */
enum step request_send(struct request *request, const struct request_line *line,
                       const struct body *body, const struct transfer_events *events, void *owner,
                       struct refusal *refusal);

/* Due now and then: its replica may have refused it, and take no more of its body. */
void request_let_upload_end(const struct request *request, const struct reply *reply);

/* A field of its replica's reply. */
void request_note_field(struct request *request, struct slice name, struct slice value);

/* Its replica has begun to reply. */
void request_answered(struct request *request, int status);

/*
 * The transfer is over. STEP_TAKE: the reply is whole, and the request done. STEP_START: nothing
 * was sent, so another replica may be asked. STEP_REFUSE: the replica gave no whole reply.
 */
enum step request_over(struct request *request, const struct reply *reply,
                       enum transfer_result result, const char *cause, struct refusal *refusal);

/* STEP_REFUSE: its replica has vanished, or none has come up in time; else STEP_WAIT. */
enum step request_look(struct request *request, struct refusal *refusal);

/* Removes it from the queue or from its replica, whichever has it. */
void request_end(struct request *request);

/* Frees what it holds. */
void request_finish(struct request *request);

#endif
