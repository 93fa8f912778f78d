/*
 * The thread that finds out which replicas answer. It asks each address that resolver.c has found
 * for /info, and tells the pools (pool.h).
 */
#ifndef STANDPY_ROUTER_MONITOR_H
#define STANDPY_ROUTER_MONITOR_H

#include <stdbool.h>

/* False if it cannot be started. */
bool monitor_start(void);
void monitor_stop(void);

/* A replica is suspect: ask it, and resolve its name, at once. From any thread; cheap. */
void monitor_hurry(void);

#endif
