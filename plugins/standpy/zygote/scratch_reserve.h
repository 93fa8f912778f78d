/*
 * Empty scratch folders for the time when none can be made: a script may use up the files of the
 * tmpfs (statfs(2): f_ffree).
 *
 * While folders can be made, each runner gets a new one. If that fails, the next runner gets one of
 * the reserve. Folders that runners leave are made as new to fill the reserve again.
 */
#ifndef STANDPY_SCRATCH_RESERVE_H
#define STANDPY_SCRATCH_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "scratch_folder.h"

/* Call it in the zygote, before the first runner. */
void scratch_reserve_fill(struct scratch *scratch, const char *engine_id);

/* Like scratch_make. */
int scratch_reserve_take(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME]);

/* Like scratch_remove, but may keep the folder for the reserve. */
enum scratch_removal scratch_reserve_return(struct scratch *scratch, const char *engine_id,
                                            const char *name, size_t entries);

/* In a fork of the zygote: they are the zygote's. */
void scratch_reserve_forget(void);

bool scratch_reserve_has(const char *name);

#endif
