/*
 * An exchange: a request from its head to its answer, with the one function that answers and the
 * one that ends it. What is answered others decide: intake.c, script_answers.c.
 */
#ifndef STANDPY_EXCHANGE_H
#define STANDPY_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "connection.h"
#include "metrics.h"
#include "problem.h"
#include "request_log.h"
#include "slice.h"
#include "states.h"
#include "work.h"

struct engine;
struct response;

struct exchange {
    enum exchange_state state;
    bool is_execution; /* it asks for a script to be run, and is counted */
    const struct engine *engine;
    struct connection *connection;
    struct work work;
    struct request_record record;
    int64_t started; /* nanoseconds */
};

/* Once, in the front. */
void exchanges_set_up(const struct engine *engine);

/* Those that are neither answered nor given up. */
int exchanges_open(void);

/* The request of the connection. */
struct exchange *exchange_begin(struct connection *connection);

/* The one whose work it is. */
struct exchange *exchange_of_work(struct work *work);

/* The one setter of its state. */
void exchange_enter(struct exchange *exchange, enum exchange_state state);

/* The one function that answers. file: instead of a body; the connection's from now on. -1: none.
 */
void exchange_answer(struct exchange *exchange, struct response *response, struct slice body,
                     int file);

void exchange_answer_text(struct exchange *exchange, int status, const char *content_type,
                          struct slice text);

/* Fields of a problem's head that most have not. */
struct problem_fields {
    const char *allow;
    int retry_after; /* seconds; 0: not said */
    bool only_identity;
};

void exchange_answer_problem(struct exchange *exchange, enum problem_kind kind, const char *detail,
                             struct problem_fields fields);

/* The answer is sent, or as much as the client took: log, metrics. Frees it. */
void exchange_end(struct exchange *exchange);

/* The client is gone before its answer. Likewise. */
void exchange_abandon(struct exchange *exchange);

#endif
