#include "watchdog.h"

#include "monotonic.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TICK_NANOSECONDS 20000000 /* how late it may notice anything */
#define QUIET_TICKS      50       /* without any request, before it sleeps for good */
#define HOLD_TICKS       50       /* milliseconds to wait for a thread to stop */
#define PHASE_BITS       3

enum phase {
    PHASE_RESTING,
    PHASE_RECEIVING, /* the head, later the body */
    PHASE_RUNNING,   /* the script, from its inputs to its outputs */
    PHASE_ANSWERING,
    PHASE_CLEANING, /* after the answer */
    PHASE_TAKEN,    /* by the watchdog */
};

static enum phase phase_of(uint64_t state)
{
    return (enum phase)(state & ((1U << PHASE_BITS) - 1));
}

/* Only the watched thread moves on, but for PHASE_TAKEN. */
static bool move(struct watchdog *watchdog, enum phase from, enum phase to)
{
    uint64_t state = atomic_load_explicit(&watchdog->state, memory_order_relaxed);
    uint64_t next = (state & ~(uint64_t)((1U << PHASE_BITS) - 1)) | to;
    return phase_of(state) == from &&
           atomic_compare_exchange_strong(&watchdog->state, &state, next);
}

static void set_deadline(struct watchdog *watchdog, int64_t nanoseconds)
{
    int64_t deadline = WATCHDOG_NEVER;
    if (nanoseconds != WATCHDOG_NEVER)
        deadline = monotonic_nanoseconds() + nanoseconds;
    atomic_store_explicit(&watchdog->deadline, deadline, memory_order_release);
}

__attribute__((noreturn)) static void wait_for_the_end(void)
{
    for (;;)
        pause();
}

void watchdog_receive(struct watchdog *watchdog, int client, int64_t nanoseconds)
{
    atomic_store_explicit(&watchdog->client, client, memory_order_relaxed);
    set_deadline(watchdog, nanoseconds);
    uint64_t state = atomic_load_explicit(&watchdog->state, memory_order_relaxed);
    uint64_t number = (state >> PHASE_BITS) + 1;
    atomic_store(&watchdog->state, number << PHASE_BITS | PHASE_RECEIVING);
    /* The watchdog marks itself asleep, then looks at the state: one of the two sees the other. */
    if (atomic_load(&watchdog->asleep) && atomic_exchange(&watchdog->asleep, 0))
        syscall(SYS_futex, &watchdog->asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void watchdog_receive_body(struct watchdog *watchdog)
{
    set_deadline(watchdog, WATCHDOG_NEVER);
}

void watchdog_run(struct watchdog *watchdog, int64_t nanoseconds)
{
    /* The phase first: a deadline that has passed already would end the receiving. */
    move(watchdog, PHASE_RECEIVING, PHASE_RUNNING);
    set_deadline(watchdog, nanoseconds);
}

void watchdog_claim(struct watchdog *watchdog)
{
    if (getpid() != watchdog->process)
        _exit(0); /* a child of the script's that went on like its parent */
    if (!move(watchdog, PHASE_RUNNING, PHASE_ANSWERING))
        wait_for_the_end();
}

void watchdog_clean(struct watchdog *watchdog, int64_t nanoseconds)
{
    set_deadline(watchdog, nanoseconds);
    move(watchdog, PHASE_ANSWERING, PHASE_CLEANING);
}

void watchdog_rest(struct watchdog *watchdog)
{
    uint64_t state = atomic_load_explicit(&watchdog->state, memory_order_relaxed);
    uint64_t next = state & ~(uint64_t)((1U << PHASE_BITS) - 1);
    if (phase_of(state) == PHASE_TAKEN ||
        !atomic_compare_exchange_strong(&watchdog->state, &state, next | PHASE_RESTING))
        wait_for_the_end();
}

static bool client_has_left(int client)
{
    struct pollfd connection = {.fd = client, .events = POLLRDHUP};
    return poll(&connection, 1, 0) > 0;
}

static void take_over(struct watchdog *watchdog, uint64_t state, enum watchdog_cause cause)
{
    uint64_t taken = (state & ~(uint64_t)((1U << PHASE_BITS) - 1)) | PHASE_TAKEN;
    if (!atomic_compare_exchange_strong(&watchdog->state, &state, taken))
        return; /* it has moved on in time */
    watchdog->taken(watchdog->context, cause);
    wait_for_the_end();
}

static void look(struct watchdog *watchdog, uint64_t state)
{
    enum phase phase = phase_of(state);
    if (phase == PHASE_RESTING || phase == PHASE_ANSWERING)
        return;
    /* Both belong to this request and phase, or the state has changed and nothing comes of it. */
    int client = atomic_load(&watchdog->client);
    int64_t deadline = atomic_load(&watchdog->deadline);
    bool late = deadline != WATCHDOG_NEVER && monotonic_nanoseconds() >= deadline;
    if (atomic_load(&watchdog->state) != state)
        return;
    if (phase == PHASE_RECEIVING && late)
        shutdown(client, SHUT_RDWR); /* who reads from it sees the end */
    else if (phase == PHASE_CLEANING && late)
        take_over(watchdog, state, WATCHDOG_STUCK);
    else if (phase == PHASE_RUNNING && client_has_left(client))
        take_over(watchdog, state, WATCHDOG_ABORT);
    else if (phase == PHASE_RUNNING && late)
        take_over(watchdog, state, WATCHDOG_DEADLINE);
}

static bool is_same_request(uint64_t left, uint64_t right)
{
    return left >> PHASE_BITS == right >> PHASE_BITS;
}

static void sleep_until_a_request(struct watchdog *watchdog, uint64_t state)
{
    atomic_store(&watchdog->asleep, 1);
    if (atomic_load(&watchdog->state) != state)
        atomic_store(&watchdog->asleep, 0);
    while (atomic_load(&watchdog->asleep))
        syscall(SYS_futex, &watchdog->asleep, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}

static void *watch(void *argument)
{
    struct watchdog *watchdog = argument;
    const struct timespec tick = {.tv_nsec = TICK_NANOSECONDS};
    uint64_t last = 0;
    unsigned quiet = 0;
    for (;;) {
        uint64_t state = atomic_load(&watchdog->state);
        look(watchdog, state);
        if (watchdog->slow && is_same_request(state, last) && phase_of(state) != PHASE_RESTING)
            watchdog->slow();
        bool moving = state != last || phase_of(state) != PHASE_RESTING;
        quiet = moving ? 0 : quiet + 1;
        last = state;
        if (quiet >= QUIET_TICKS) {
            sleep_until_a_request(watchdog, state);
            quiet = 0;
        }
        nanosleep(&tick, NULL);
    }
    return NULL;
}

static atomic_bool holding, held;

static void hold(int number)
{
    (void)number;
    int saved = errno;
    const struct timespec moment = {.tv_nsec = 1000000};
    atomic_store(&held, true);
    while (atomic_load(&holding))
        nanosleep(&moment, NULL);
    errno = saved;
}

void watchdog_hold(const struct watchdog *watchdog)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    atomic_store(&held, false);
    atomic_store(&holding, true);
    if (pthread_kill(watchdog->watched, WATCHDOG_HOLD_SIGNAL) != 0)
        return;
    for (int i = 0; i < HOLD_TICKS && !atomic_load(&held); i++)
        nanosleep(&moment, NULL);
}

void watchdog_let_go(void)
{
    atomic_store(&holding, false);
}

bool watchdog_start(struct watchdog *watchdog)
{
    watchdog->watched = pthread_self();
    watchdog->process = getpid();
    struct sigaction action = {.sa_handler = hold, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(WATCHDOG_HOLD_SIGNAL, &action, NULL) != 0)
        return false;

    /* Signals are for the thread that runs requests. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int failure = pthread_create(&thread, NULL, watch, watchdog);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure == 0)
        pthread_detach(thread);
    errno = failure;
    return failure == 0;
}
