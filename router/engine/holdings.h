/*
 * Which replicas hold which kept contents, as far as their answers have said: only for choosing
 * among replicas, so it may be out of date and forget. Of fixed size. Pure.
 */
#ifndef STANDPY_ROUTER_HOLDINGS_H
#define STANDPY_ROUTER_HOLDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content_names.h"
#include "slice.h"

#define HOLDINGS_SETS 512
#define HOLDINGS_WAYS 8 /* replicas and contents that share a set */

struct replica;

struct holdings {
    struct holding {
        uint64_t content;
        const struct replica *replica; /* NULL: free */
    } sets[HOLDINGS_SETS][HOLDINGS_WAYS];
    unsigned next[HOLDINGS_SETS]; /* in each set, the one that makes room */
};

/* Contents by their content_number. */
struct content_numbers {
    size_t count;
    uint64_t numbers[CONTENTS_MOST];
};

/* Adds those of a field's value; ignores what is no list of digests. */
void content_numbers_add(struct content_numbers *contents, struct slice value);

void holdings_note(struct holdings *holdings, const struct replica *replica,
                   const struct content_numbers *contents);
void holdings_forget(struct holdings *holdings, const struct replica *replica,
                     const struct content_numbers *contents);

/* How many of these the replica holds. */
size_t holdings_count(const struct holdings *holdings, const struct replica *replica,
                      const struct content_numbers *contents);

#endif
