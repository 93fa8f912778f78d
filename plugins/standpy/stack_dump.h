/*
 * The Python stacks of a stuck process, by faulthandler, whatever instruction it is stopped at.
 */
#ifndef STANDPY_STACK_DUMP_H
#define STANDPY_STACK_DUMP_H

#include "slice.h"
#include "watchdog.h"

/* The signal at which faulthandler writes the stacks of all threads to the memory file. */
#define STACK_DUMP_SIGNAL (SIGRTMAX - 2)

/*
 * What faulthandler wrote to memory, the descriptor of its file; empty where nothing could be read.
 * The caller frees .data where .length > 0. On the watchdog's thread; never calls Python; half a
 * second at most for each of a few attempts.
 */
struct slice stack_dump(const struct watchdog *watchdog, int memory);

#endif
