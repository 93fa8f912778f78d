/*
 * A request: to whom, what, and who takes the answer.
 */
#ifndef STANDPY_CLI_REQUEST_H
#define STANDPY_CLI_REQUEST_H

#include <stdbool.h>

#include "answer_head.h"
#include "endpoint.h"
#include "failure.h"
#include "parts.h"
#include "progress.h"
#include "slice.h"

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

#endif
