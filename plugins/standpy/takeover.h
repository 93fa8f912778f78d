/*
 * What the watchdog does when it has taken a request over: the last words of a worker.
 */
#ifndef STANDPY_TAKEOVER_H
#define STANDPY_TAKEOVER_H

#include "watchdog.h"

/*
 * Answers with a 504 where the deadline passed: what was printed so far, and the Python stack in
 * which the script is stuck. Says in the log what happened, ends what the script started, and ends
 * the process. context: the struct worker. Runs on the watchdog's thread, never calls Python.
 */
void takeover(void *context, enum watchdog_cause cause);

#endif
