/*
 * The workers 1 … WORKERS, each of which runs one script at a time, and their runners. With
 * ISOLATION=namespace a worker keeps its runner while that is as it was; with process each script
 * gets a new one. Spares are ready, so nobody waits for a replacement.
 */
#ifndef STANDPY_WORKERS_H
#define STANDPY_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"
#include "overdue.h"
#include "slice.h"
#include "work.h"

struct death;
struct engine;

/* Hears what became of work of a pool, which its owner has again. */
struct workers_user {
    void (*result)(struct work *work, const struct message *message,
                   const struct message_parts *parts, int file);
    /* Its inputs that shall be kept; file: the user owns it. */
    void (*keep)(struct work *work, const struct keep_list *list, int file);
    /* Of the application: a part of its answer; after the last one its owner has the work again. */
    void (*part)(struct work *work, const struct message *message,
                 const struct message_parts *parts);
    void (*overdue)(struct work *work, const struct overdue *overdue);
    /* Its process ended. */
    void (*died)(struct work *work, const struct death *death);
};

/* False if the zygote cannot be talked to. */
bool workers_start(const struct engine *engine, const struct workers_user *const users[POOLS]);

/* The client of this work takes what there is; or there is enough for now. */
void workers_hold(struct work *work, bool held);

/* Why no request can be given to the application; NULL if one can, or soon. */
const char *workers_application_trouble(void);

/* When something is due, or TIMEOUT_NEVER; does what is due now. */
int64_t workers_next_timeout(void);
void workers_pass_time(void);

#endif
