/*
 * Another zygote that has imported more, or less, than the present one: prepared beside it, so that
 * nobody ever waits for an import, and put in its place once it is ready. In the master.
 *
 * The front writes a wish. The master starts a successor, which says by its own socket that it is
 * ready, and stays silent. Then the front is told; it has the present one retire when no runner is
 * on its way. When that has ended, the successor takes over.
 */
#ifndef STANDPY_SUCCESSION_H
#define STANDPY_SUCCESSION_H

#include <sys/types.h>

#include "module_names.h"
#include "wish.h"
#include "zygote_launch.h"

/* control: both ends of the zygote's socket; borrowed. */
void succession_set_up(const struct zygote_config *config, const int control[2]);

/* Where the front's wish stands. */
void succession_heed(const struct wish *wish);

/* At each turn of the master's loop. */
void succession_turn(void);

/* The successor, or 0. */
pid_t succession_process(void);

/*
 * The present zygote is gone. If a successor is ready it takes over: returns its process and what
 * it has learned. Else 0.
 */
pid_t succession_take_over(char learned[MODULE_NAMES_TEXT + 1]);

/* Ends a successor. */
void succession_stop(void);

#endif
