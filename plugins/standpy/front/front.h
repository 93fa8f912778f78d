/*
 * The front: uWSGI's one worker. Accepts, reads, queues, answers, watches deadlines; never runs
 * Python, never parses a body, and is never blocked.
 */
#ifndef STANDPY_FRONT_H
#define STANDPY_FRONT_H

#include <stddef.h>

struct engine;

/* Before the fork: how many runners there may be at once; the listening sockets. */
size_t front_most_runners(const struct engine *engine);
void front_set_up(const struct engine *engine);

/* uWSGI's hijack_worker: returns when the front has nothing more to do. */
void front_run(void);

/* uWSGI's SIGHUP: no new connections; what has come is served. */
void front_finish(int number);

#endif
