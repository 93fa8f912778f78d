/*
 * The control process: answers /info, /healthz and /metrics while every worker is busy.
 *
 * While a worker is idle, workers accept connections themselves and this process sleeps. When all
 * are busy it accepts in their place: what asks for information it answers, what asks for an
 * execution it hands over, by its descriptor, to the first worker that gets free (a Unix socket
 * that all workers accept from, beside the listening sockets).
 */
#ifndef STANDPY_CONTROL_H
#define STANDPY_CONTROL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define CONTROL_MAX_LISTENERS 16
#define CONTROL_QUEUE_LIMIT   256 /* executions that wait for a worker; more are answered 503 */

/* In memory that all processes of the engine share. */
struct control_shared {
    atomic_bool asleep; /* the control process waits for a wake-up */
    atomic_int queued;  /* connections handed over that no worker has taken yet */
    atomic_uint taken;  /* connections that workers have taken, modulo 2^32 */
};

struct control {
    int listeners[CONTROL_MAX_LISTENERS]; /* duplicates of the listening sockets */
    size_t listener_count;
    int wake;          /* eventfd */
    int handover_send; /* Unix socket pair: workers receive; they and the control process send */
    int handover_receive;
    struct control_shared *shared;
    bool (*all_busy)(void); /* every worker is in a request */
    bool (*any_busy)(void);
    atomic_bool finishing;
    void (*tick)(void); /* called some fifty times a second while a worker is busy */
};

/* Makes wake and the socket pair; shared must be set. False with errno set. */
bool control_init(struct control *control);

/*
 * A worker calls it when it has taken a connection and marked itself busy. Costs a system call only
 * where the control process sleeps.
 */
void control_notice(const struct control *control);

/*
 * Passes a connection on to the first worker that is free; the caller closes its own descriptor.
 * False where too many wait already.
 */
bool control_hand_over(const struct control *control, int descriptor);

enum control_taken {
    CONTROL_TOOK_NOTHING,
    CONTROL_TOOK_REQUEST, /* a connection with something to read */
    CONTROL_TOOK_IDLE,    /* one without: its client may send a request later */
    CONTROL_TOOK_ABORTED, /* a client sent a request and left before it was read; it is closed */
};

/* A worker takes the oldest connection that was handed over. */
enum control_taken control_take(const struct control *control, int *descriptor);

/* In a worker: closes what only the control process needs. */
void control_forget(struct control *control);

/* The control process itself: runs until control_finish, and then hands over what it has. */
void control_run(struct control *control);

/* From a signal handler of the control process. */
void control_finish(struct control *control);

#endif
