/*
 * The front's loop: one epoll. Of what it waits for it knows only the descriptor and whom to call.
 */
#ifndef STANDPY_LOOP_H
#define STANDPY_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Part of whatever waits. It must live until the turn that calls loop_forget is over. */
struct source {
    int descriptor;
    uint32_t events;                                       /* EPOLL…; 0: not watched */
    void (*ready)(struct source *source, uint32_t events); /* NULL: forgotten */
    bool is_polled;                                        /* the loop's own */
};

bool loop_create(void);

/* Watches a source for these events from now on. False with errno set. */
bool loop_watch(struct source *source, uint32_t events);

/* Takes it out. Call it before you close the descriptor, because others may have a copy of it. */
void loop_forget(struct source *source);

/* Calls free(3) once no event of this turn can lead there any more. */
void loop_free(void *memory);

/* Monotonic nanoseconds, read once per turn. */
int64_t loop_now(void);

/*
 * Waits for events until the moment `until`, and calls whom they are for. If `soon` says that one
 * is likely, it looks for some microseconds before it sleeps: to wake a sleeping process costs more
 * than a short script.
 */
void loop_turn(int64_t until, bool soon);

#endif
