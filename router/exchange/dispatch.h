/*
 * Finds a replica for a request through its engine's pool, perhaps by the queue there.
 */
#ifndef STANDPY_ROUTER_DISPATCH_H
#define STANDPY_ROUTER_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "inbox.h"
#include "pool.h"
#include "settings.h"
#include "step.h"

struct dispatch {
    const struct engine *engine;     /* NULL if the path names none */
    struct inbox *inbox;             /* of the loop */
    struct inbox_item granted;       /* in the inbox once its wait is over */
    struct waiter waiter;            /* with its replica, while it has one */
    bool is_limited;                 /* it takes a worker's time, and waits for its turn */
    bool is_page;                    /* likewise, of the WSGI application's workers */
    struct content_numbers contents; /* that the request names */
    int64_t stranded_since; /* when it began to wait for a replica to come up; 0: it does not */
};

/* handle is called with `granted` in the loop's thread when dispatch_resume is due. */
void dispatch_init(struct dispatch *dispatch, struct inbox *inbox,
                   void (*handle)(struct inbox_item *granted));

/*
 * Looks for a replica to which the request was not sent before. STEP_START: waiter.replica is
 * reserved for it. STEP_WAIT: it is in the queue. STEP_REFUSE: the queue is full, or no replica can
 * be reached.
 */
enum step dispatch_find(struct dispatch *dispatch, struct refusal *refusal);

/* The wait is over: it has a replica, or none is left. Returns as dispatch_find. */
enum step dispatch_resume(struct dispatch *dispatch, struct refusal *refusal);

/* Call it during the wait. STEP_REFUSE: no replica has come up for as long as its engine's settings
 * allow; else STEP_WAIT. */
enum step dispatch_look(struct dispatch *dispatch, struct refusal *refusal);

/* Its replica has answered. kept: what it says that it keeps, even if it lacks some that the
 * request names. */
void dispatch_learn(const struct dispatch *dispatch, int status,
                    const struct content_numbers *kept);

/* Ends the wait. */
void dispatch_leave(struct dispatch *dispatch);

/* Gives the replica back after so many microseconds; 0 if nothing ran. */
void dispatch_release(struct dispatch *dispatch, int64_t microseconds);

/* Its replica could not be reached, or broke. Others go first until it answers the monitor. */
void dispatch_suspect(struct dispatch *dispatch);

/* Whether its replica has been silent for so long that nothing will come. */
bool dispatch_has_lost(const struct dispatch *dispatch);

#endif
