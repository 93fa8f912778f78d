/*
 * The master's part of the zygote's life: starts it, waits until it is ready, starts another one if
 * it ends, and ends what it left. All of this runs in uWSGI's master.
 */
#ifndef STANDPY_ZYGOTE_KEEPER_H
#define STANDPY_ZYGOTE_KEEPER_H

#include <stdbool.h>
#include <stddef.h>

#include "message.h"
#include "zygote_launch.h"

struct shared;

/*
 * Starts the first zygote, and waits until it is ready. control: both ends of its socket. False,
 * with who is to blame and one line that says why, if it cannot start.
 */
bool zygote_keeper_start(const struct zygote_config *config, const int control[2],
                         enum control_blame *blame, char *error, size_t capacity);

/* Gives it the table of the front's runners. From then on it ends children of the master that are
 * neither in it nor started by uWSGI or the keeper. */
void zygote_keeper_spare(struct shared *shared);

/* Call it at each turn of the master's loop, which SIGCHLD wakes. */
void zygote_keeper_turn(void);

/* At the end of the engine: ends the zygote, all runners and what they left. */
void zygote_keeper_stop(void);

#endif
