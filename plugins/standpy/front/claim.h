/*
 * The contents that the head of a request names: takes them for its work, or says why not.
 */
#ifndef STANDPY_CLAIM_H
#define STANDPY_CLAIM_H

#include <stdbool.h>

#include "execution_request.h"
#include "metrics.h"
#include "request.h"
#include "work.h"

/* Those that are named, and are not or are kept. */
struct claim {
    struct content_names missing, kept;
};

/*
 * From now on they are in use, and the exchange gives them back at its end. False with error set;
 * claim has the names only if some are missing.
 */
bool claim_contents(struct work *work, const struct request_head *head, struct metrics *metrics,
                    struct claim *claim, struct decode_error *error);

#endif
