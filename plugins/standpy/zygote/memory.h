/*
 * The memory of a runner: gives back what a script left, and enforces the limit.
 */
#ifndef STANDPY_MEMORY_H
#define STANDPY_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct memory {
    int statm;        /* /proc/self/statm */
    long faults;      /* page faults up to the last look */
    uint64_t settled; /* resident bytes after the last collection */
    uint64_t first;   /* resident bytes before any script */
    uint64_t limit;   /* bytes; 0: none */
    uint64_t data;    /* the same as RLIMIT_DATA has it */
    uint64_t extra;   /* bytes that results of rm_init may take beside the limit */
    bool raised;      /* RLIMIT_DATA is higher now, because of them */
    uint64_t most;    /* resident bytes beyond which results of rm_init are forgotten */
    void (*collect)(void);
    bool (*forget)(bool youngest);
};

/*
 * Call it in a new process, with limit, extra, most, collect and forget set. An allocation beyond
 * the limit fails with a MemoryError. False with errno set.
 */
bool memory_start(struct memory *memory);

/*
 * After a script: if it left much behind, collects garbage and returns what is free to the
 * kernel; if that is not enough, forgets results of rm_init. False if the process still keeps more
 * than half its limit. results: whether some are kept; the next script may have as much memory as
 * if they were not.
 */
bool memory_settle(struct memory *memory, bool results);

#endif
