/*
 * Successors: zygotes that import other modules in advance than the current one. The master gets a
 * successor ready beside the current zygote, so that no request waits for an import, and then lets
 * it take over.
 *
 * The front writes a wish. The master starts a successor, which says on a socket of its own when it
 * is ready, and then waits. The master tells the front, which makes the current zygote retire as
 * soon as no runner is on its way. When the current zygote has ended, the successor takes over.
 */
#ifndef STANDPY_SUCCESSION_H
#define STANDPY_SUCCESSION_H

#include <sys/types.h>

#include "module_names.h"
#include "wish.h"
#include "zygote_launch.h"

/* control: both ends of the zygote's socket; borrowed. */
void succession_set_up(const struct zygote_config *config, const int control[2]);

/* The wish that the front writes; borrowed. Without it there are no successors. */
void succession_heed(const struct wish *wish);

/* Call it at each turn of the master's loop. */
void succession_turn(void);

/* The successor's process; 0: there is none. */
pid_t succession_process(void);

/*
 * Call it when the current zygote has ended. If a successor is ready, tells it to take over, copies
 * the list of its learned modules, and returns its process. Otherwise returns 0.
 */
pid_t succession_take_over(char learned[MODULE_NAMES_TEXT + 1]);

/* Kills the successor, if there is one. */
void succession_stop(void);

#endif
