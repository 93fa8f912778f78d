/*
 * Before a crash ends a runner, it writes the stack of its script.
 */
#ifndef STANDPY_FATAL_SIGNALS_H
#define STANDPY_FATAL_SIGNALS_H

/* Call it in a new runner, after stack_dump_arm, because the stacks go to the same file. */
void fatal_signals_arm(void);

#endif
