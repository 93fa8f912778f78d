/*
 * The front's loop: one epoll. It knows no more of what it waits for than a descriptor and whom to
 * call.
 */
#ifndef STANDPY_LOOP_H
#define STANDPY_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Part of whatever waits; lives until loop_forget, and then until the turn is over. */
struct source {
    int descriptor;
    uint32_t events;                                       /* EPOLL…; 0: not watched */
    void (*ready)(struct source *source, uint32_t events); /* NULL: forgotten */
    bool is_polled;                                        /* the loop's own */
};

bool loop_create(void);

/* False with errno set. A source is watched for these events from now on. */
bool loop_watch(struct source *source, uint32_t events);

/* Takes it out; must come before its descriptor is closed, which others may have as well. */
void loop_forget(struct source *source);

/* free(3) once no event of this turn can lead there any more. */
void loop_free(void *memory);

/* Monotonic nanoseconds, read once a turn. */
int64_t loop_now(void);

/*
 * Waits for events until the moment `until` and calls whom they are for. Looks for them for some
 * microseconds before it sleeps if `soon` says that one is likely: to wake a sleeping process costs
 * more than a short script.
 */
void loop_turn(int64_t until, bool soon);

#endif
