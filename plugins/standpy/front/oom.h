/*
 * Tells whether the kernel has ended processes for want of memory.
 */
#ifndef STANDPY_OOM_H
#define STANDPY_OOM_H

#include <stdbool.h>
#include <stdint.h>

/* Whether it has since the last call, by the counters of this container, or else of the machine. */
bool oom_has_killed(void);

/* The number after "oom_kill " at the start of a line; 0: there is none. Pure. */
uint64_t oom_count(const char *text);

#endif
