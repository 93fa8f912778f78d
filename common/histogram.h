/*
 * A histogram of durations, and the text format of Prometheus, for engine and router. Lock-free:
 * any process or thread may add to a histogram.
 */
#ifndef STANDPY_HISTOGRAM_H
#define STANDPY_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_BUCKETS 18 /* 100 us to 60 s; one more takes what is longer */

/* All zero: empty. */
struct histogram {
    atomic_ullong buckets[HISTOGRAM_BUCKETS + 1]; /* each counts its own range only */
    atomic_ullong microseconds;
};

void histogram_add(struct histogram *histogram, uint64_t microseconds);

/* Writes one histogram, the sum of `count` structs that lie `stride` bytes apart. labels:
 * name="value" pairs separated by commas, or "". */
void histogram_write(FILE *out, const char *name, const char *labels,
                     const struct histogram *histogram, size_t count, size_t stride);

#endif
