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

/* Hears what became of work, which its owner has again. */
struct workers_user {
    void (*result)(struct work *work, const struct message *message,
                   const struct message_parts *parts, int file);
    /* Its inputs that shall be kept; file: the user owns it. */
    void (*keep)(struct work *work, const struct keep_list *list, int file);
    void (*overdue)(struct work *work, const struct overdue *overdue);
    /* Its process ended. */
    void (*died)(struct work *work, const struct death *death);
};

/* False if the zygote cannot be talked to. */
bool workers_start(const struct engine *engine, const struct workers_user *user);

/* When something is due, or TIMEOUT_NEVER; does what is due now. */
int64_t workers_next_timeout(void);
void workers_pass_time(void);

#endif
