/*
 * What a runner keeps from job to job.
 */
#ifndef STANDPY_RUNNER_STATE_H
#define STANDPY_RUNNER_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture.h"
#include "interpreter.h"
#include "memory.h"
#include "module_names.h"
#include "runner_files.h"

struct runner {
    const struct interpreter *interpreter;
    pid_t process; /* to tell it from the children of its scripts */
    bool process_each;
    bool serves; /* the application */
    struct runner_files files;
    struct capture capture;
    struct memory memory;
    bool results;                    /* of rm_init are kept */
    bool result_failed;              /* the memory for results could not be written */
    long cache_hits, cache_misses;   /* as last reported */
    char *note;                      /* owned; of the last job */
    uint32_t processes;              /* that its last job left; reported with the result */
    uint64_t script;                 /* identifies the script of this job; 0: unknown */
    char imports[MODULE_NAMES_TEXT]; /* modules that the script has imported */
    size_t imports_length;
};

#endif
