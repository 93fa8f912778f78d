/*
 * While scripts run: what they print is bounded, and bodies that nobody needs again are let go.
 */
#ifndef STANDPY_TRIM_H
#define STANDPY_TRIM_H

#include <stdint.h>

/* A script runs. */
void trim_begin(void);

/* When it is due, or TIMEOUT_NEVER; and what is due now. */
int64_t trim_next_timeout(void);
void trim_pass_time(void);

#endif
