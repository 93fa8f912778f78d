#include "scratch_reserve.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SIZE 8 /* runners that may be forked until a folder comes back */

static struct {
    char names[SIZE][SCRATCH_NAME];
    size_t count;
} reserve;

void scratch_reserve_fill(struct scratch *scratch, const char *engine_id)
{
    while (reserve.count < SIZE) {
        int folder = scratch_make(scratch, engine_id, reserve.names[reserve.count]);
        if (folder < 0)
            return;
        close(folder);
        reserve.count++;
    }
}

int scratch_reserve_take(struct scratch *scratch, const char *engine_id, char name[SCRATCH_NAME])
{
    int folder = scratch_make(scratch, engine_id, name);
    if (folder >= 0 || errno != ENOSPC || reserve.count == 0)
        return folder;
    strcpy(name, reserve.names[--reserve.count]);
    return scratch_take(scratch, name);
}

enum scratch_removal scratch_reserve_return(struct scratch *scratch, const char *engine_id,
                                            const char *name, size_t entries)
{
    if (reserve.count < SIZE) {
        strcpy(reserve.names[reserve.count], name);
        if (scratch_renew(scratch, engine_id, reserve.names[reserve.count], entries)) {
            reserve.count++;
            return SCRATCH_REMOVED;
        }
    }
    return scratch_remove(scratch, name, entries);
}

void scratch_reserve_forget(void)
{
    reserve.count = 0;
}

bool scratch_reserve_has(const char *name)
{
    for (size_t i = 0; i < reserve.count; i++) {
        if (strcmp(reserve.names[i], name) == 0)
            return true;
    }
    return false;
}
