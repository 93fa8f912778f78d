/*
 * One request and its answer. With transfer_upload.c and transfer_failure.c the side that knows
 * libcurl.
 */
#ifndef STANDPY_CLI_TRANSFER_H
#define STANDPY_CLI_TRANSFER_H

#include <stdbool.h>

#include "answer_head.h"
#include "endpoint.h"
#include "failure.h"
#include "parts.h"
#include "progress.h"

/* Whom the client talks to. All borrowed. */
struct target {
    struct endpoint endpoint;
    char *text;                 /* the endpoint, as sentences have it */
    const char *token, *cacert; /* NULL if there is none */
    struct progress *progress;
};

struct request {
    const char *path;          /* behind the endpoint */
    const struct parts *parts; /* NULL: it is a GET */
    unsigned deadline;         /* seconds that the script may take; 0 if nobody said */
    const char *contents;      /* the field StandPy-Contents; NULL for none */
};

/* What takes the answer. Each returns false, with a failure, to end the transfer. */
struct receiver {
    bool (*head)(void *context, const struct answer_head *head, struct failure *failure);
    bool (*body)(void *context, struct slice piece, struct failure *failure);
    void *context;
};

bool transfer_begin(void); /* once in a program. False if libcurl does not start */
void transfer_end(void);

/*
 * Sends the request once, on a connection of its own: what libcurl repeats by itself may have run.
 * True if an answer came as a whole, whatever it says. If a signal comes, the connection is closed,
 * which stops the script.
 */
bool transfer_run(const struct target *target, const struct request *request,
                  const struct receiver *receiver, struct failure *failure);

#endif
