/*
 * The states of the front's things, and which may follow which. For each thing one function sets
 * its state, and asserts: to abort and start a new front is better than to answer the wrong client.
 * Pure.
 */
#ifndef STANDPY_STATES_H
#define STANDPY_STATES_H

#include <stdbool.h>

#ifdef NDEBUG
#error "the asserts on these states belong to the front: build without NDEBUG"
#endif

/* A client's connection: connection_enter(). */
enum connection_state {
    CONNECTION_NEW,       /* accepted; the front does not wait for it yet */
    CONNECTION_FRESH,     /* no byte of its first request has come */
    CONNECTION_IDLE,      /* kept between requests */
    CONNECTION_HEAD,      /* some of a head has come */
    CONNECTION_BODY,      /* some of a body is missing */
    CONNECTION_PAUSED,    /* likewise, but it waits until other large bodies are gone */
    CONNECTION_WAITING,   /* its user has the request */
    CONNECTION_ANSWERING, /* some of the answer is still to go out */
    CONNECTION_STREAMING, /* some of the answer is still to be made */
    CONNECTION_BLOCKED,   /* likewise, and the client has not taken what there is */
    CONNECTION_LINGERING, /* answered; reads away the rest of the request (RFC 9112 §9.6) */
    CONNECTION_CLOSED,
};
#define CONNECTION_STATES (CONNECTION_CLOSED + 1)

/* A request: exchange_enter(). */
enum exchange_state {
    EXCHANGE_HEAD,      /* its head is there; nothing is decided yet */
    EXCHANGE_RECEIVING, /* its body is coming */
    EXCHANGE_WAITING,   /* for a worker, or for its result */
    EXCHANGE_KEEPING,   /* its answer waits until its inputs are kept */
    EXCHANGE_STREAMING, /* a worker makes the answer, whose head is sent */
    EXCHANGE_ANSWERING,
};
#define EXCHANGE_STATES (EXCHANGE_ANSWERING + 1)

/* A script to be run: work_enter(). */
enum work_state {
    WORK_NEW,
    WORK_QUEUED,      /* waits for a worker */
    WORK_GIVEN,       /* a runner has it */
    WORK_LOST,        /* its runner died before it began; it waits for another one */
    WORK_GIVEN_AGAIN, /* a second runner has it; it gets no third one */
    WORK_DONE,        /* its outcome is known, or nobody wants it any more */
};
#define WORK_STATES (WORK_DONE + 1)

/* What a runner does: runner_enter(). */
enum runner_state {
    RUNNER_STARTING, /* forked; it confines itself and warms up */
    RUNNER_IDLE,
    RUNNER_BUSY,     /* has a script */
    RUNNER_DUMPING,  /* its script is overdue; it writes the stack */
    RUNNER_CLEANING, /* its script is answered; it puts itself back */
    RUNNER_STOPPING, /* nobody wants the application's answer; it closes what it was making */
    RUNNER_ENDING,   /* it was killed, or has ended by itself */
};
#define RUNNER_STATES (RUNNER_ENDING + 1)

/* What is left of a runner, whatever it does; runner.c sets it. */
enum runner_life {
    RUNNER_ALIVE,
    RUNNER_DEAF, /* its channel has ended; it is about to die, or must */
    RUNNER_DEAD, /* the kernel says that it is dead; what it sent can still be read */
};
#define RUNNER_LIFE_STATES (RUNNER_DEAD + 1)

/* What the front knows of the zygote; zygote_link.c sets it. */
enum zygote_state {
    ZYGOTE_UNKNOWN,
    ZYGOTE_MET,   /* it lives, but does not know this front yet */
    ZYGOTE_READY, /* it takes orders from this front */
};
#define ZYGOTE_STATES (ZYGOTE_READY + 1)

bool connection_may_follow(enum connection_state before, enum connection_state after);
bool exchange_may_follow(enum exchange_state before, enum exchange_state after);
bool work_may_follow(enum work_state before, enum work_state after);
bool runner_may_follow(enum runner_state before, enum runner_state after);
bool runner_life_may_follow(enum runner_life before, enum runner_life after);
bool zygote_may_follow(enum zygote_state before, enum zygote_state after);

#endif
