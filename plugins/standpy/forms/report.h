/*
 * The answer to POST /execute as JSON: a report where the script returned, a problem where not.
 * Pure.
 */
#ifndef STANDPY_REPORT_H
#define STANDPY_REPORT_H

#include "execution_result.h"

/* What stands in a report beside the outputs. */
struct report_context {
    const char *request_id;
    struct slice out, err; /* what the script printed; any bytes */
    double queue_ms;       /* how long a router in front had it wait for a worker; 0: it did not */
};

#define REPORT_HEAD "{\"outputs\":"

/*
 * What follows the outputs: ,"stdout":…} to the closing brace. The caller frees it.
 * NULL where memory runs out.
 */
char *report_tail(const struct execution_result *result, const struct report_context *context);

/* A problem with all that is known about the failure. The caller frees it. NULL: no memory. */
char *report_problem(const struct execution_result *result, const struct report_context *context);

#endif
