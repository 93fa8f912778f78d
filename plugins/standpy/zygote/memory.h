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
    uint64_t limit;   /* bytes; 0: none */
    void (*collect)(void);
};

/*
 * Call it in a new process. limit: bytes that it may have, 0 for no limit; an allocation beyond it
 * fails with a MemoryError. False with errno set.
 */
bool memory_start(struct memory *memory, uint64_t limit, void (*collect)(void));

/*
 * After a script: if it left much behind, collects garbage and returns what is free to the
 * kernel. False if the process still keeps more than half its limit.
 */
bool memory_settle(struct memory *memory);

#endif
