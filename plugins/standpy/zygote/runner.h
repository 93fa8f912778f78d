/*
 * A runner, from its fork to its end: one script at a time, confined.
 */
#ifndef STANDPY_RUNNER_H
#define STANDPY_RUNNER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "interpreter.h"
#include "runner_files.h"

/* What the zygote tells a new runner; all pointers are borrowed. */
struct runner_config {
    const struct interpreter *interpreter;
    struct runner_files files;
    const char *scratch; /* absolute path of its scratch folder */
    pid_t zygote;
    uint64_t memory_limit; /* bytes; 0: none */
    uint64_t memory_share; /* bytes that it may keep if there is no limit */
    bool filtered;         /* system calls */
    const char *kept;      /* of the application: its folder; NULL: it is for scripts */
    bool process_each;     /* each script has a process of its own */
};

struct runner;

/* Call it in a new child of the zygote: makes it a runner, confined and warm. */
struct runner *runner_start(const struct runner_config *config);

/* Does the same, then takes jobs. */
__attribute__((noreturn)) void runner_run(const struct runner_config *config);

#endif
