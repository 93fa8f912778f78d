/*
 * Chooses the tmpfs for the workers' scratch folders, so that nothing of a request is ever on a
 * disk.
 */
#ifndef STANDPY_SCRATCH_H
#define STANDPY_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * wanted: SCRATCH_DIR, or NULL for /tmp if that is a tmpfs, else /dev/shm.
 * NULL, and one line in error, if there is no such folder.
 */
const char *scratch_choose(const char *wanted, char *error, size_t capacity);

#endif
