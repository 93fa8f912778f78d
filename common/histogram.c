#include "histogram.h"

/* Upper bounds in microseconds; a trivial script takes a tenth of the first. */
static const uint64_t bounds[HISTOGRAM_BUCKETS] = {
    100,    250,    500,    1000,    2500,    5000,    10000,    25000,    50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000, 60000000,
};

void histogram_add(struct histogram *histogram, uint64_t microseconds)
{
    size_t bucket = 0;
    while (bucket < HISTOGRAM_BUCKETS && microseconds > bounds[bucket])
        bucket++;
    atomic_fetch_add_explicit(&histogram->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->microseconds, microseconds, memory_order_relaxed);
}

static const struct histogram *at(const struct histogram *histogram, size_t index, size_t stride)
{
    return (const struct histogram *)(const void *)((const char *)histogram + index * stride);
}

static void write_bucket(FILE *out, const char *name, const char *labels, const char *bound,
                         unsigned long long count)
{
    const char *comma = labels[0] != '\0' ? "," : "";
    fprintf(out, "%s_bucket{%s%sle=\"%s\"} %llu\n", name, labels, comma, bound, count);
}

void histogram_write(FILE *out, const char *name, const char *labels,
                     const struct histogram *histogram, size_t count, size_t stride)
{
    unsigned long long total = 0, microseconds = 0;
    for (size_t bucket = 0; bucket <= HISTOGRAM_BUCKETS; bucket++) {
        char bound[32] = "+Inf";
        if (bucket < HISTOGRAM_BUCKETS)
            snprintf(bound, sizeof(bound), "%g", (double)bounds[bucket] / 1e6);
        for (size_t i = 0; i < count; i++)
            total += atomic_load(&at(histogram, i, stride)->buckets[bucket]);
        write_bucket(out, name, labels, bound, total);
    }
    for (size_t i = 0; i < count; i++)
        microseconds += atomic_load(&at(histogram, i, stride)->microseconds);
    const char *open = labels[0] != '\0' ? "{" : "", *close = labels[0] != '\0' ? "}" : "";
    fprintf(out, "%s_sum%s%s%s %.6f\n", name, open, labels, close, (double)microseconds / 1e6);
    fprintf(out, "%s_count%s%s%s %llu\n", name, open, labels, close, total);
}
