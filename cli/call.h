/*
 * One call of a script: its request, and when that is sent again.
 */
#ifndef STANDPY_CLI_CALL_H
#define STANDPY_CLI_CALL_H

#include "inputs.h"
#include "result.h"
#include "transfer.h"

/* All borrowed. */
struct call {
    const struct target *target;
    struct slice script;
    const struct inputs *inputs;
    const char *macros; /* JSON; NULL without any */
    unsigned timeout;   /* seconds; 0 without one */
    double wait;        /* seconds that a busy engine may take */
    bool keep;
    const struct destinations *destinations;
};

/*
 * Runs it. Sends again what did not run: as long as Retry-After and `wait` say, and in full what
 * the engine does not keep any more. False if there is no result.
 */
bool call_run(const struct call *call, struct result *result, struct failure *failure);

#endif
