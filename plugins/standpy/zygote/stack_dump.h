/*
 * RUNNER_SIGNAL makes a runner write the Python stacks of a stuck script by faulthandler, whatever
 * instruction it is at. It also ends a runner that works for nobody any more.
 */
#ifndef STANDPY_STACK_DUMP_H
#define STANDPY_STACK_DUMP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* The signal at which faulthandler writes the stacks of all threads to the memory file. */
#define STACK_DUMP_SIGNAL (SIGRTMAX - 2)

/*
 * Call it in the zygote, for all runners: takes the signal. master: a runner may become its child
 * and go on. False with errno set.
 */
bool stack_dump_prepare(pid_t master);

/*
 * Call it in a new runner, once faulthandler handles STACK_DUMP_SIGNAL. channel: tells the front of
 * a dump. stack: the memory file that faulthandler writes to.
 */
void stack_dump_arm(int channel, int stack);

/* Writes the stacks in this process, although its pointers may be wild. For a runner. */
void stack_dump_write(void);

/* In the fork of the zygote that forks the application's runners: it is their zygote, and they go
 * on behind a dump. */
void stack_dump_adopt(void);

#endif
