/*
 * A runner, from its fork to its end: one script at a time, confined.
 */
#ifndef STANDPY_RUNNER_H
#define STANDPY_RUNNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture.h"
#include "interpreter.h"
#include "memory.h"
#include "runner_files.h"

/* What the zygote tells a new one; what it points to is borrowed. */
struct runner_config {
    const struct interpreter *interpreter;
    struct runner_files files;
    const char *scratch; /* absolute path of its scratch folder */
    pid_t zygote;
    uint64_t memory_limit; /* bytes; 0: none */
    bool filtered;         /* system calls */
    bool process_each;     /* each script has a process of its own */
};

/* The state of the process that it is. */
struct runner {
    const struct interpreter *interpreter;
    pid_t process; /* to tell it from the children of its scripts */
    bool process_each;
    struct runner_files files;
    struct capture capture;
    struct memory memory;
    bool result_failed;            /* the memory for results could not be written */
    long cache_hits, cache_misses; /* as they were said last */
    char *note;                    /* owned; of the last job */
};

/* In a new child of the zygote. */
__attribute__((noreturn)) void runner_run(const struct runner_config *config);

#endif
