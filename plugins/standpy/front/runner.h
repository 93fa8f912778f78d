/*
 * One runner, as the front sees it: a process that runs one script at a time. The front believes
 * nothing that it says: what it may send depends on its state, and anything else ends it.
 */
#ifndef STANDPY_RUNNER_H
#define STANDPY_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "look.h"
#include "loop.h"
#include "message.h"
#include "states.h"
#include "work.h"

#define RUNNER_SCRATCH 96 /* bytes of the name of a scratch folder, with its null */

struct runner {
    struct source channel, death;
    enum runner_state state;
    enum runner_life life;
    int process;
    int stack, out, err;  /* memory files, see enum born_descriptor */
    int result;           /* likewise; -1 if the last one went with an answer */
    bool orphan;          /* its zygote is gone */
    uint64_t job;         /* number of the job it has */
    long jobs, most_jobs; /* that it has had, and may have (0: any number) */
    uint64_t main_thread; /* pthread_self(3) of the thread that runs scripts */
    struct look look;
    struct work *work; /* borrowed; of RUNNER_BUSY and RUNNER_DUMPING, else NULL */
    int worker;        /* which it is, from 1; 0: a spare */
    char last_request[REQUEST_ID_CAPACITY];
    int64_t due; /* nanoseconds; what then, its state says. TIMEOUT_NEVER: nothing */
    char scratch[RUNNER_SCRATCH]; /* name of its folder */
    size_t place;                 /* in the table that the master looks at */
    struct runner *next;
};

struct runner_user {
    void (*ready)(struct runner *runner, const struct message *message, struct slice note);
    /* The result of its work, which it does not have any more. file: the user's; -1: inline. */
    void (*result)(struct runner *runner, struct work *work, const struct message *message,
                   const struct message_parts *parts, int file);
    void (*stack)(struct runner *runner, bool complete);
    /* It has sent what it may not send, or (NULL) can send nothing any more. */
    void (*broken)(struct runner *runner, const char *how);
    /* The kernel says that it is dead. */
    void (*died)(struct runner *runner);
};

/* Takes the descriptors over. NULL, with all of them closed, if memory runs out. */
struct runner *runner_make(int process, struct slice scratch,
                           const int descriptors[BORN_DESCRIPTORS], const struct runner_user *user);
void runner_free(struct runner *runner);

/* The one setter of its state. due: see there. */
void runner_enter(struct runner *runner, enum runner_state state, int64_t due);

/*
 * Hands it the work, which keeps its body in case that the runner dies before it has begun. False
 * if it cannot be told; the work is as it was, and the runner of no use any more.
 */
bool runner_give(struct runner *runner, struct work *work);

/* Runner and work know no more of each other. Returns the work, or NULL. */
struct work *runner_let_go(struct runner *runner);

/* Whether it has had as many jobs as it may have. */
bool runner_has_had_last(const struct runner *runner);

/* Reads what is there, also after its death. */
void runner_hear(struct runner *runner);

/* Whether it has begun with its job, so that the script may have run. */
bool runner_has_begun(const struct runner *runner);

/* Has it write the stacks of all its threads, be it stopped or not. */
void runner_dump(struct runner *runner);

/* One that should have ended by now. */
void runner_kill_late(struct runner *runner);

/* SIGKILL; it is RUNNER_ENDING from now on, and has no work. */
void runner_kill(struct runner *runner);

#endif
