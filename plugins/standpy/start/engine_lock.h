/*
 * Tells which engine a scratch folder belongs to, and whether that engine still runs. Each engine
 * has a folder of its name in the tmpfs and holds a lock on it (flock(2)), which the kernel
 * releases however the engine ends. Process numbers would not do, because in containers they are
 * always the same.
 */
#ifndef STANDPY_ENGINE_LOCK_H
#define STANDPY_ENGINE_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#define ENGINE_ID_CAPACITY 32

/*
 * Makes the folder standpy-<id> and holds its lock as long as the process and its forks live.
 * False, and one line in error, if the tmpfs takes no folder.
 */
bool engine_lock(const char *scratch_dir, char id[ENGINE_ID_CAPACITY], char *error,
                 size_t capacity);

/* Removes the folders of engines that no longer run; returns how many engines these were. */
size_t engine_lock_clear(const char *scratch_dir);

#endif
