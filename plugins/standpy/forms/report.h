/*
 * The answer to POST /execute as JSON: a report if the script returned, else a problem. Pure.
 */
#ifndef STANDPY_REPORT_H
#define STANDPY_REPORT_H

#include "execution_result.h"

/* What a report has besides the outputs. */
struct report_context {
    const char *request_id;
    struct slice out, err; /* what the script printed; any bytes */
    double queue_ms;       /* how long it waited in a router for a worker; 0: it did not */
};

#define REPORT_HEAD "{\"outputs\":"

/*
 * What follows the outputs, from ,"stdout": to the closing brace. The caller frees it; NULL if
 * memory runs out.
 */
char *report_tail(const struct execution_result *result, const struct report_context *context);

/* A problem with all that is known of the failure. The caller frees it; NULL if memory runs out. */
char *report_problem(const struct execution_result *result, const struct report_context *context);

#endif
