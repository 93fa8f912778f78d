/*
 * Which pages runners need. A runner shares the zygote's memory until it writes to it; each first
 * write to a page is a fault, which costs a request more than most scripts do (reference counts are
 * everywhere). A runner also begins without the pages of libraries' files; the first use of each
 * block of them is a fault. So the zygote notes which pages finished runners have used, and a new
 * runner gets those before a request waits for it (as REAP does for snapshots of virtual machines,
 * ASPLOS 2021).
 *
 * On a kernel without /proc/<pid>/pagemap the zygote learns nothing.
 */
#ifndef STANDPY_PAGES_H
#define STANDPY_PAGES_H

#include <sys/types.h>

/* In the zygote, once all that runners inherit is there. */
void pages_prepare(void);

/* In the zygote: a runner has done its work, and is still there. Looks at some of them only, as one
 * look takes about a millisecond. */
void pages_learn(pid_t runner);

/* In a new runner, on its only thread: gets the pages that earlier runners used. */
void pages_populate(void);

#endif
