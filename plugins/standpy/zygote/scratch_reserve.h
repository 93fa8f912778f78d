/*
 * Empty scratch folders for the moment when none can be made: a script may use up the files of the
 * tmpfs (statfs(2): f_ffree), and so there has to be a folder that needs no new one.
 *
 * While folders can be made each runner gets a new one; those of the reserve are used in need, and
 * what runners leave is made new to fill it up again.
 */
#ifndef STANDPY_SCRATCH_RESERVE_H
#define STANDPY_SCRATCH_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "scratch_folder.h"

/* In the zygote, before the first runner. */
void scratch_reserve_fill(struct scratch *scratch, const char *engine_id);

/* As scratch_make. */
int scratch_reserve_take(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME]);

/* As scratch_remove, but that the folder may become one of the reserve. */
enum scratch_removal scratch_reserve_return(struct scratch *scratch, const char *engine_id,
                                            const char *name, size_t entries);

bool scratch_reserve_has(const char *name);

#endif
