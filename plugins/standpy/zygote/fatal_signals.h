/*
 * Before a crash ends a runner it writes where its script was.
 */
#ifndef STANDPY_FATAL_SIGNALS_H
#define STANDPY_FATAL_SIGNALS_H

/* In a new runner, behind stack_dump_arm: the stacks go where those of a stuck script go. */
void fatal_signals_arm(void);

#endif
