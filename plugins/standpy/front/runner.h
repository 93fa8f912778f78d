/*
 * One runner, as the front sees it: a process that runs one script at a time. The front believes
 * nothing that it says. Its state decides what it may send, and anything else ends it.
 */
#ifndef STANDPY_RUNNER_H
#define STANDPY_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "look.h"
#include "loop.h"
#include "message.h"
#include "slots.h"
#include "states.h"
#include "work.h"

#define RUNNER_SCRATCH 96 /* bytes of the name of a scratch folder, including its null */

struct runner_user;

struct runner {
    const struct runner_user *user;
    struct source channel, death;
    enum pool pool;
    enum runner_state state;
    enum runner_life life;
    int process;
    int stack, out, err;  /* memory files (enum born_descriptor) */
    int result;           /* likewise; -1 if an answer took it */
    struct slots slots;   /* POOL_APPLICATION: in the memory for results */
    bool orphan;          /* its zygote is gone */
    uint64_t job;         /* number of its current job */
    bool is_held;         /* its channel is not read, because a client is slow */
    long jobs, most_jobs; /* it has had, and may have (0: any number) */
    bool has_asked;       /* to keep contents, in its current job */
    uint64_t main_thread; /* pthread_self(3) of the thread that runs scripts */
    struct look look;
    struct work *work; /* borrowed; in RUNNER_BUSY and RUNNER_DUMPING, else NULL */
    int worker;        /* whose runner it is, from 1; 0: a spare */
    char last_request[REQUEST_ID_CAPACITY];
    int64_t due; /* nanoseconds; its state says what is due. TIMEOUT_NEVER: nothing */
    char scratch[RUNNER_SCRATCH]; /* name of its scratch folder */
    size_t place;                 /* in the table that the master reads */
    struct runner *next;
};

struct runner_user {
    void (*ready)(struct runner *runner, const struct message *message, struct slice note);
    /* The result of its work, which it no longer has. file: the user owns it; -1: inline. */
    void (*result)(struct runner *runner, struct work *work, const struct message *message,
                   const struct message_parts *parts, int file);
    /* Asks to keep inputs of its work. file: as in result; those of KEEP_FILE lie there. */
    void (*keep)(struct work *work, const struct keep_list *list, int file);
    /* Of the application: the head of its answer, or a piece of the body. If the answer ends with
     * it, the runner no longer has the work. */
    void (*part)(struct runner *runner, struct work *work, const struct message *message,
                 const struct message_parts *parts);
    void (*log)(struct runner *runner, struct slice note);
    void (*stack)(struct runner *runner, bool complete);
    /* It has sent what it must not send, or (how is NULL) can send nothing any more. */
    void (*broken)(struct runner *runner, const char *how);
    /* The kernel says that it is dead. */
    void (*died)(struct runner *runner);
};

/*
 * Takes ownership of the descriptors. NULL, with all of them closed, if memory runs out. Nothing
 * that it says is heard before hearing_begin.
 */
struct runner *runner_make(enum pool pool, int process, struct slice scratch,
                           const int descriptors[BORN_DESCRIPTORS], const struct runner_user *user);
void runner_free(struct runner *runner);

/* The only function that sets its state. due: as in struct runner. */
void runner_enter(struct runner *runner, enum runner_state state, int64_t due);

/* The only function that sets its life. */
void runner_enter_life(struct runner *runner, enum runner_life life);

/*
 * Hands it the work. The work keeps its body, in case the runner dies before it begins. False if
 * the runner cannot be told: then the work is as it was, and the runner is of no use any more.
 */
bool runner_give(struct runner *runner, struct work *work);

/* Parts runner and work. Returns the work, or NULL. */
struct work *runner_let_go(struct runner *runner);

/* Says whether it has had as many jobs as it may have. */
bool runner_has_had_last(const struct runner *runner);

/* Asks the application to end what it does. */
void runner_stop(const struct runner *runner);

/* Says whether it has begun its job, so that the script may have run. */
bool runner_has_begun(const struct runner *runner);

/* Says whether it needs the body of its job no longer from the front. */
bool runner_has_decoded(const struct runner *runner);

/* Makes it write the stacks of all its threads, even if it is stopped. */
void runner_dump(struct runner *runner);

/* Sends SIGKILL to one that should have ended by now. */
void runner_kill_late(struct runner *runner);

/* Sends SIGKILL. From now on it is RUNNER_ENDING, and has no work. */
void runner_kill(struct runner *runner);

#endif
