/*
 * What the zygote knows: a warm interpreter from which runners are forked.
 */
#ifndef STANDPY_ZYGOTE_H
#define STANDPY_ZYGOTE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "interpreter.h"
#include "message.h"
#include "scratch_folder.h"

/* Set before the first runner; lives as long as the process. */
struct zygote {
    enum pool pool; /* whose runners it forks */
    const struct interpreter *interpreter;
    const char *engine_id; /* names the scratch folders of this engine */
    struct scratch scratch;
    const char
        *imported; /* names what the interpreter has imported in advance, for CONTROL_HELLO */
    struct application_config application;
    pid_t master;
    uint64_t memory_limit; /* of a runner, bytes; 0: none */
    uint64_t memory_share; /* what a runner may keep if there is none */
    bool confined;         /* sandbox_prepare was called */
    bool filtered;         /* system_calls_prepare was called */
    bool process_each;     /* each script has a process of its own */
};

#endif
