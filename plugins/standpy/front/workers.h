/*
 * The workers 1 … WORKERS, each of which runs one script at a time, and the runners that stand
 * behind them: with ISOLATION=namespace a worker keeps its runner while that is as it was, with
 * process each script has another one. Spares are ready, so nobody waits for a replacement.
 */
#ifndef STANDPY_WORKERS_H
#define STANDPY_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message.h"
#include "overdue.h"
#include "slice.h"
#include "work.h"

struct death;
struct engine;

#define WAITING_LIMIT 256 /* scripts that wait for a worker */

/* What becomes of work; it is its owner's again. */
struct workers_user {
    void (*result)(struct work *work, const struct message *message,
                   const struct message_parts *parts, int file);
    void (*overdue)(struct work *work, const struct overdue *overdue);
    /* Its process ended. */
    void (*died)(struct work *work, const struct death *death);
};

/* How many runners there may be at once, those that are ending included. */
size_t workers_most_runners(int workers);

/* False if the zygote cannot be talked to. */
bool workers_start(const struct engine *engine, const struct workers_user *user);

/* Takes the work: has it run, or wait. False if too many wait. */
bool workers_submit(struct work *work);
bool workers_are_full(void);

/* Nobody waits for the result any more: it will not be run, or not any longer. */
void workers_withdraw(struct work *work);

int workers_busy(void);
size_t workers_waiting(void);
/* Whether a message of a runner is likely soon. */
bool workers_are_active(void);
/* Resident bytes of a worker's process, from 1; 0 if it has none. */
uint64_t workers_resident(int worker);

int64_t workers_next_timeout(void);
void workers_pass_time(void);

#endif
