/*
 * The thread that knows which replicas there are and which of them answer: it resolves the names of
 * the engines every few seconds, asks each address for /info, and tells the pools (pool.h).
 */
#ifndef STANDPY_ROUTER_MONITOR_H
#define STANDPY_ROUTER_MONITOR_H

#include <stdbool.h>

/* Starts it and waits until the names are resolved once, or a moment has passed. False where it
 * cannot be started. */
bool monitor_start(void);
void monitor_stop(void);

/* A replica is suspect, or the settings are new: look at once. From any thread; cheap. */
void monitor_hurry(void);

#endif
