/*
 * While scripts run, bounds what they print, and frees bodies that nobody needs again.
 */
#ifndef STANDPY_TRIM_H
#define STANDPY_TRIM_H

#include <stdint.h>

/* Call it when a script begins. */
void trim_begin(void);

/* When the next look is due, or TIMEOUT_NEVER; takes it if it is due now. */
int64_t trim_next_timeout(void);
void trim_pass_time(void);

#endif
