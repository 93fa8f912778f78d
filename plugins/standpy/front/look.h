/*
 * Looks at a runner from outside (proc(5)) to see whether it is as it was before its script. This
 * is done after each script, so the files stay open, which makes it cheap.
 */
#ifndef STANDPY_LOOK_H
#define STANDPY_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOK_LINES 512 /* bytes of /proc/<pid>/status that are compared */

struct look {
    int status, children, descriptors; /* -1: cannot be seen */
    long descriptor_count, most_descriptors;
    char lines[LOOK_LINES];
};

#define LOOK_NOTHING                                                                               \
    {                                                                                              \
        .status = -1, .children = -1, .descriptors = -1                                            \
    }

/* Call it once the runner is ready: opens the files, and takes note of how the runner is. */
void look_start(struct look *look, int process);
void look_close(struct look *look);

/* Resident bytes of a process; 0 if unknown. */
uint64_t look_resident(int process);

/*
 * What has changed since, in words for a log line, or NULL. imported: its script has imported
 * modules, which may keep descriptors open; from now on these count as normal.
 */
const char *look_compare(struct look *look, bool imported);

#endif
