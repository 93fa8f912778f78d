/*
 * The front: uWSGI's one worker. It accepts, reads, queues, answers and watches deadlines. It never
 * runs Python, parses a body or blocks.
 */
#ifndef STANDPY_FRONT_H
#define STANDPY_FRONT_H

#include <stddef.h>

struct engine;

/* Call both before the fork. The first returns how many runners may live at once. */
size_t front_most_runners(const struct engine *engine);
void front_set_up(const struct engine *engine);

/* uWSGI's hijack_worker: returns when the front has nothing more to do. */
void front_run(void);

/* Handles uWSGI's SIGHUP: takes no new connections, serves those that have come. */
void front_finish(int number);

#endif
