/*
 * A trial from within: becomes what a runner is, imports the module, and compares.
 */
#ifndef STANDPY_ATTEMPT_H
#define STANDPY_ATTEMPT_H

#include <stdint.h>

#include "runner.h"

/* What goes over the channel, in one packet: one of these, then why not. */
#define ATTEMPT_PASSED '+'
#define ATTEMPT_FAILED '-'
#define ATTEMPT_TEXT   1024

/* In a new child of the zygote. most_memory: bytes that the module may take. */
__attribute__((noreturn)) void attempt_run(const struct runner_config *config, const char *name,
                                           uint64_t most_memory, unsigned most_seconds);

#endif
