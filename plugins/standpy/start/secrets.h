/*
 * Variables of the environment that look like secrets: no script sees them.
 */
#ifndef STANDPY_SECRETS_H
#define STANDPY_SECRETS_H

#include <stddef.h>

/*
 * Removes variables that look like secrets (…TOKEN, …PASSWORD and so on) from the environment,
 * also from what /proc shows of this process. Their names, with commas between, go to `names`.
 */
void secrets_hide(char *names, size_t capacity);

/* Only the latter: what /proc shows of how this process began. */
void secrets_wipe_initial_environment(void);

#endif
