/*
 * A script to run, as exchange, workers and runner pass it on. The exchange owns it.
 */
#ifndef STANDPY_WORK_H
#define STANDPY_WORK_H

#include "accept.h"
#include "body.h"
#include "content_names.h"
#include "message.h"
#include "request_id.h"
#include "states.h"

#define CONTENT_TYPE_CAPACITY 1024

struct content;
struct runner;

struct work {
    enum pool pool;
    char content_type[CONTENT_TYPE_CAPACITY];
    size_t content_type_length;
    char request_id[REQUEST_ID_CAPACITY];
    enum answer_form answer_form;
    char *variables; /* owned; of POOL_APPLICATION: what the request says (struct job) */
    size_t variables_length;
    bool is_trusted;   /* likewise: X-Forwarded-… can be believed */
    double queue_ms;   /* how long it waited in a router */
    int64_t queued_at; /* when it began to wait for a worker here (loop_now); 0: it did not */
    int patience;      /* seconds that the script may run */
    struct body body;
    struct content *contents[CONTENTS_MOST]; /* in use; those that the request names */
    size_t content_count;
    uint64_t keep_limit; /* bytes of a content that may be kept; 0: none is */

    enum work_state state;
    struct runner *runner;        /* in WORK_GIVEN and WORK_GIVEN_AGAIN: who has it */
    int worker;                   /* that worker's number, from 1; 0: none had it */
    struct work *previous, *next; /* in WORK_QUEUED and WORK_LOST: its neighbours in the queue */
};

/* The only function that sets its state. */
void work_enter(struct work *work, enum work_state state);

#endif
