/*
 * Landlock (landlock(7)): a worker gives up, for itself and all that its scripts start, whatever a
 * script has no need of.
 */
#ifndef STANDPY_SANDBOX_H
#define STANDPY_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct sandbox_paths {
    const char *readable; /* folders, one a line: the environment and what belongs to it */
    const char *scratch;  /* the one folder that may be written */
};

/* The ABI of the kernel's Landlock; 0 where it has none or it is switched off. */
int sandbox_abi(void);

/* Makes a ruleset. Returns its descriptor; -1 with errno set. */
int sandbox_create(const struct sandbox_paths *paths);

/* Confines this thread, and all threads and processes that it starts from now on. */
bool sandbox_enter(int ruleset);

/*
 * Removes variables that look like secrets (…TOKEN, …PASSWORD and so on) from the environment,
 * also from what /proc shows of this process. Their names, with commas between, go to `names`.
 */
void sandbox_hide_secrets(char *names, size_t capacity);

#endif
