/*
 * The thread that resolves the names of the engines every few seconds, and tells the pools which
 * addresses there are. It has a thread of its own, as a resolver that does not answer takes long.
 */
#ifndef STANDPY_ROUTER_RESOLVER_H
#define STANDPY_ROUTER_RESOLVER_H

#include <stdbool.h>

#include "settings.h"

/* Starts it and waits until the names are resolved once, or a moment has passed. False where it
 * cannot be started. */
bool resolver_start(void);
/* False where it still waits for an answer: it goes on using the pools and the settings then. */
bool resolver_stop(void);

/* Resolves the names of engines whose pools have no address yet, as they are new. */
void resolver_look_at_new(const struct settings *settings);

/* The settings are new. */
void resolver_reload(void);
/* A replica is suspect: look soon. From any thread; cheap. */
void resolver_hurry(void);

/* Whether a host of an engine has addresses; true where nobody has looked yet. */
bool resolver_knows(const struct engine *engine, const struct host *host);

#endif
