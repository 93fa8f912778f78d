/*
 * A histogram of durations, for engine and router. Lock-free: all processes or threads may add.
 */
#ifndef STANDPY_HISTOGRAM_H
#define STANDPY_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_BUCKETS 18 /* 100 us to 60 s; one more for what is longer */

/* All zero is an empty one. */
struct histogram {
    atomic_ullong buckets[HISTOGRAM_BUCKETS + 1]; /* each without those before it */
    atomic_ullong microseconds;
};

void histogram_add(struct histogram *histogram, uint64_t microseconds);

/* In the text format of Prometheus: the same one, added up over `count` structs that lie `stride`
 * bytes apart. labels: name="value" pairs with commas between, or "". */
void histogram_write(FILE *out, const char *name, const char *labels,
                     const struct histogram *histogram, size_t count, size_t stride);

#endif
