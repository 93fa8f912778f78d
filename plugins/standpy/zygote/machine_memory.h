/*
 * How much memory the machine has, or the container.
 */
#ifndef STANDPY_MACHINE_MEMORY_H
#define STANDPY_MACHINE_MEMORY_H

#include <stdint.h>

/* Bytes. */
uint64_t machine_memory(void);

#endif
