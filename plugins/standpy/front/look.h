/*
 * What can be seen of a runner from outside (proc(5)), through descriptors that stay open: whether
 * it is as it was before its script. Cheap, as it is done after each script.
 */
#ifndef STANDPY_LOOK_H
#define STANDPY_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOK_LINES 512 /* bytes of what is compared of /proc/<pid>/status */

struct look {
    int status, children, descriptors; /* -1: cannot be seen */
    long descriptor_count, most_descriptors;
    char lines[LOOK_LINES];
};

#define LOOK_NOTHING                                                                               \
    {                                                                                              \
        .status = -1, .children = -1, .descriptors = -1                                            \
    }

/* Once it is ready, and may be looked at: opens what it looks at, takes note of how it is. */
void look_start(struct look *look, int process);
void look_close(struct look *look);

/* Resident bytes of a process; 0 if they cannot be seen. */
uint64_t look_resident(int process);

/*
 * What has changed since, in words for a log line, or NULL. imported: its script has imported
 * modules, which may keep descriptors open; those are taken note of.
 */
const char *look_compare(struct look *look, bool imported);

#endif
