/*
 * The thread that resolves the engines' names every few seconds, and tells the pools which
 * addresses there are. It is a thread of its own because a dead name server can block it for long.
 */
#ifndef STANDPY_ROUTER_RESOLVER_H
#define STANDPY_ROUTER_RESOLVER_H

#include <stdbool.h>

#include "settings.h"

/* Starts the thread and waits until all names have been looked up once, or for a moment. False if
 * it cannot be started. */
bool resolver_start(void);
/* False if it still waits for a name server; it then goes on using the pools and the settings. */
bool resolver_stop(void);

/* Resolves the names of new engines: those whose pools have no address yet. */
void resolver_look_at_new(const struct settings *settings);

/* The settings have changed. */
void resolver_reload(void);
/* A replica is suspect: look soon. From any thread; cheap. */
void resolver_hurry(void);

/* Whether a host of an engine resolves; true if it has not been looked up yet. */
bool resolver_knows(const struct engine *engine, const struct host *host);

#endif
