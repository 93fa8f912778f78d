/*
 * A thread beside each interpreter that holds the deadline of the script and watches whether its
 * client is still there. Knows neither uWSGI nor Python.
 *
 * One word decides who answers: the thread that runs the request moves it from phase to phase, and
 * the watchdog, where it finds the deadline passed or the client gone, moves it to PHASE_TAKEN.
 * Whoever lost waits for the end of the process.
 *
 * The watchdog looks every 20 ms while there are requests, and sleeps after a second without. A
 * request therefore costs no system call, but for one that comes after a pause.
 */
#ifndef STANDPY_WATCHDOG_H
#define STANDPY_WATCHDOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum watchdog_cause {
    WATCHDOG_DEADLINE, /* the script ran too long */
    WATCHDOG_ABORT,    /* the client left while the script ran */
    WATCHDOG_STUCK,    /* the answer is sent, but what the script left behind does not end */
};

#define WATCHDOG_NEVER INT64_MAX

struct watchdog {
    _Atomic uint64_t state;   /* number of the request << 3 | phase */
    atomic_int client;        /* descriptor of the connection; valid until PHASE_CLEANING */
    _Atomic int64_t deadline; /* of the phase, monotonic nanoseconds */
    atomic_int asleep;        /* futex: 1 while the watchdog waits for a request */
    pthread_t watched;        /* the thread that runs requests */
    pid_t process;            /* a script may fork; the child has no say */
    /*
     * Called on the watchdog's thread when it has taken over: answers where there is still
     * something to answer, and ends the process.
     */
    void (*taken)(void *context, enum watchdog_cause cause);
    void *context;
    void (*slow)(void); /* called at each tick of a request that had one before; may be NULL */
};

/* The signal that stops the watched thread for a moment; scripts have no use for it. */
#define WATCHDOG_HOLD_SIGNAL (SIGRTMAX - 1)

/* To be called on the thread that runs requests. False with errno set. */
bool watchdog_start(struct watchdog *watchdog);

/* A connection was taken. The whole head must be here within so many nanoseconds, else it is
 * shut down. */
void watchdog_receive(struct watchdog *watchdog, int client, int64_t nanoseconds);

/* The head is here; the body takes its time. */
void watchdog_receive_body(struct watchdog *watchdog);

/* The script runs from here, for so many nanoseconds at most and while its client is there. */
void watchdog_run(struct watchdog *watchdog, int64_t nanoseconds);

/*
 * The script is done and the caller may answer. Does not return where the watchdog has taken over,
 * nor in a process that the script forked.
 */
void watchdog_claim(struct watchdog *watchdog);

/* The answer is sent; what the script left behind must be gone within so many nanoseconds. */
void watchdog_clean(struct watchdog *watchdog, int64_t nanoseconds);

/* The request is over. */
void watchdog_rest(struct watchdog *watchdog);

/*
 * For `taken`: stops the watched thread where it is and lets it go on, so that its stack can be
 * read. It cannot be stopped where it blocks signals; then hold returns after a moment all the
 * same.
 */
void watchdog_hold(const struct watchdog *watchdog);
void watchdog_let_go(void);

#endif
