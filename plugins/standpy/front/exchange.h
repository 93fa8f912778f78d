/*
 * An exchange: a request from its head to its answer. One function here answers, one ends it;
 * intake.c and script_answers.c decide what the answer is.
 */
#ifndef STANDPY_EXCHANGE_H
#define STANDPY_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"
#include "metrics.h"
#include "page_head.h"
#include "problem.h"
#include "request_log.h"
#include "slice.h"
#include "states.h"
#include "work.h"

struct engine;
struct keeping;
struct response;
struct put_aside;

struct exchange {
    enum exchange_state state;
    bool is_execution; /* it asks to run a script; the metrics count it */
    const struct engine *engine;
    struct connection *connection;
    struct work work;
    struct keeping *keeping;  /* owned; NULL: its inputs are not to be kept */
    struct put_aside *answer; /* owned; in EXCHANGE_KEEPING, else NULL */
    struct {
        enum page_framing framing;
        uint64_t left; /* PAGE_LENGTH: bytes that are still to come */
    } page;            /* of EXCHANGE_STREAMING */
    struct request_record record;
    bool takes_chunks; /* the client knows HTTP/1.1 */
    int64_t started;   /* nanoseconds */
};

/* Call it once, in the front. */
void exchanges_set_up(const struct engine *engine);

/* How many are neither answered nor given up. */
int exchanges_open(void);

/* Begins the exchange of the connection's request. */
struct exchange *exchange_begin(struct connection *connection);

/* The exchange that owns the work. */
struct exchange *exchange_of_work(struct work *work);

/* The only function that sets its state. */
void exchange_enter(struct exchange *exchange, enum exchange_state state);

/*
 * The only function that answers; later, if inputs of the request are on their way into the
 * contents. file: sent instead of a body, and owned from now on; -1: none.
 */
void exchange_answer(struct exchange *exchange, struct response *response, struct slice body,
                     int file);

void exchange_answer_text(struct exchange *exchange, int status, const char *content_type,
                          struct slice text);

/* Likewise with more fields, each with its CRLF. */
void exchange_answer_text_with(struct exchange *exchange, int status, const char *content_type,
                               struct slice text, const char *fields);

/* Fields that the heads of few problems have. */
struct problem_fields {
    const char *allow;
    int retry_after; /* seconds; 0: no Retry-After */
    bool only_identity;
    const struct content_names *missing, *kept; /* for a 409; else NULL */
    const char *realm;                          /* for a 401: of HTTP Basic; NULL: Bearer */
};

void exchange_answer_problem(struct exchange *exchange, enum problem_kind kind, const char *detail,
                             struct problem_fields fields);

/* Its keeping is done: answers, if the answer waits for that. */
void exchange_kept(struct exchange *exchange);

/* The answer is sent, or as much as the client took: logs it, counts it, frees it. */
void exchange_end(struct exchange *exchange);

/* Likewise, if the client left before its answer. */
void exchange_abandon(struct exchange *exchange);

#endif
