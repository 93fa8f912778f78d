/*
 * The child's side of a trial: becomes a runner that takes no jobs, imports the module, and
 * compares the state before and after.
 */
#ifndef STANDPY_ATTEMPT_H
#define STANDPY_ATTEMPT_H

#include <stdint.h>

#include "runner.h"

/* The verdict, one packet over the channel: one of these, and after ATTEMPT_FAILED the reason. */
#define ATTEMPT_PASSED '+'
#define ATTEMPT_FAILED '-'
#define ATTEMPT_TEXT   1024

/* Call it in a new child of the zygote. most_memory: bytes that the module may take. */
__attribute__((noreturn)) void attempt_run(const struct runner_config *config, const char *name,
                                           uint64_t most_memory, unsigned most_seconds);

#endif
