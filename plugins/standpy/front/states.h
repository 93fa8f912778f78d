/*
 * The states of the front's things, and which may follow which. For each thing one function sets
 * its state, and asserts: a front that comes to an end starts anew, which is better than an answer
 * to the wrong client. Pure.
 */
#ifndef STANDPY_STATES_H
#define STANDPY_STATES_H

#include <stdbool.h>

#ifdef NDEBUG
#error "the asserts on these states belong to the front: build without NDEBUG"
#endif

/* A client's connection: connection_enter(). */
enum connection_state {
    CONNECTION_NEW,       /* accepted, and nobody waits for it yet */
    CONNECTION_FRESH,     /* nothing has come of its first request */
    CONNECTION_IDLE,      /* kept between requests */
    CONNECTION_HEAD,      /* some of a head has come */
    CONNECTION_BODY,      /* some of a body is missing */
    CONNECTION_PAUSED,    /* likewise, and it waits until other large bodies are gone */
    CONNECTION_WAITING,   /* its user has the request */
    CONNECTION_ANSWERING, /* some of the answer has to go yet */
    CONNECTION_LINGERING, /* answered; what nobody reads still comes (RFC 9112 §9.6) */
    CONNECTION_CLOSED,
};
#define CONNECTION_STATES (CONNECTION_CLOSED + 1)

/* A request: exchange_enter(). */
enum exchange_state {
    EXCHANGE_HEAD,      /* its head is there, and nothing is decided */
    EXCHANGE_RECEIVING, /* its body comes */
    EXCHANGE_WAITING,   /* for a worker, or for its result */
    EXCHANGE_ANSWERING,
};
#define EXCHANGE_STATES (EXCHANGE_ANSWERING + 1)

/* A script to be run: work_enter(). */
enum work_state {
    WORK_NEW,
    WORK_QUEUED,      /* waits for a worker */
    WORK_GIVEN,       /* a runner has it */
    WORK_LOST,        /* that died before it began; it waits for another one */
    WORK_GIVEN_AGAIN, /* which has it: there will be no third one */
    WORK_DONE,        /* what became of it is known, or nobody wants to know */
};
#define WORK_STATES (WORK_DONE + 1)

/* A runner, by what it does: runner_enter(). */
enum runner_state {
    RUNNER_STARTING, /* forked, confines itself and warms up */
    RUNNER_IDLE,
    RUNNER_BUSY,     /* has a script */
    RUNNER_DUMPING,  /* its script is overdue, the stack is being written */
    RUNNER_CLEANING, /* its script is answered */
    RUNNER_ENDING,   /* was told to, or has ended by itself */
};
#define RUNNER_STATES (RUNNER_ENDING + 1)

/* A runner, by what there is of it, whatever it does: set by runner.c. */
enum runner_life {
    RUNNER_ALIVE,
    RUNNER_DEAF, /* its channel has ended; it will die, or has to */
    RUNNER_DEAD, /* the kernel says so; what it has sent can still be read */
};
#define RUNNER_LIFE_STATES (RUNNER_DEAD + 1)

/* The zygote, as the front knows it: set by zygote_link.c. */
enum zygote_state {
    ZYGOTE_UNKNOWN,
    ZYGOTE_MET,   /* it lives, and does not know this front yet */
    ZYGOTE_READY, /* it takes orders of this front */
};
#define ZYGOTE_STATES (ZYGOTE_READY + 1)

bool connection_may_follow(enum connection_state before, enum connection_state after);
bool exchange_may_follow(enum exchange_state before, enum exchange_state after);
bool work_may_follow(enum work_state before, enum work_state after);
bool runner_may_follow(enum runner_state before, enum runner_state after);
bool runner_life_may_follow(enum runner_life before, enum runner_life after);
bool zygote_may_follow(enum zygote_state before, enum zygote_state after);

#endif
