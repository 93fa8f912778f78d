/*
 * The Python stacks of a stuck script, by faulthandler, whatever instruction it is stopped at; and
 * the runner's end if nobody is left to work for. Both come with RUNNER_SIGNAL.
 */
#ifndef STANDPY_STACK_DUMP_H
#define STANDPY_STACK_DUMP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* The signal at which faulthandler writes the stacks of all threads to the memory file. */
#define STACK_DUMP_SIGNAL (SIGRTMAX - 2)

/*
 * In the zygote, for all runners: takes the signal. master: whose child a runner may become without
 * ending. False with errno set.
 */
bool stack_dump_prepare(pid_t master);

/*
 * In a new runner, when faulthandler knows STACK_DUMP_SIGNAL. channel: tells the front of a dump.
 * stack: the memory file that faulthandler writes to.
 */
void stack_dump_arm(int channel, int stack);

/* In a runner: has the stacks written as this thread is, with no care for wild pointers. */
void stack_dump_write(void);

#endif
