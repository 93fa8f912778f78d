/*
 * Who accepts connections: the workers themselves, and the control process in their place while
 * all of them are busy (see control.h). Knows uWSGI's sockets.
 */
#ifndef STANDPY_CONNECTIONS_H
#define STANDPY_CONNECTIONS_H

#include "control.h"

struct worker;

/*
 * In the master, before any fork: sets the listening sockets up, and adds the one over which the
 * control process hands connections over. control: shared and the hooks for answers are set; this
 * fills the rest in. Ends the start where that fails.
 */
void connections_set_up(struct control *control);

/* In a new worker. */
void connections_use(struct worker *worker);

/* How many workers have a request, and whether one besides this has none. */
int connections_busy_workers(void);
bool connections_another_is_idle(void);

/* The worker has taken a request on this connection, whose head may still be on its way. */
void connections_mark_busy(int connection);

/* In the master: there is no new connection from now on; workers still get those that wait. */
void connections_refuse(void);

/* Closes everything that leads to other requests; for a process that has its last one. */
void connections_close(void);

#endif
