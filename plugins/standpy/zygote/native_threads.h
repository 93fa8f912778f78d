/*
 * Threads of a runner that Python does not know: pools of OpenMP, OpenBLAS, polars and their kind.
 * If a later script forks, its child does not have these threads, and would hang in the pool.
 */
#ifndef STANDPY_NATIVE_THREADS_H
#define STANDPY_NATIVE_THREADS_H

#include <stdbool.h>

/* Call it in a new runner: takes note of how many threads there are. */
void native_threads_remember(void);

/*
 * If there are more threads now, ends those that can be ended. False if some go on: then the
 * process is of no use to another script.
 */
bool native_threads_end(void);

/* Forks, because some libraries end their threads then. False if new threads are still there. */
bool native_threads_end_at_fork(void);

#endif
