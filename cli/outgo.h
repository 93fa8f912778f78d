/*
 * Outputs on their way out: to the standard output, or to files, each by its type.
 */
#ifndef STANDPY_CLI_OUTGO_H
#define STANDPY_CLI_OUTGO_H

#include "result.h"

/* Before the items of a collection, which come without what they are. */
#define OUTGO_COLLECTION "{\"type\": \"collection\", \"items\": "

/*
 * Opens the files that outputs go to; "-" is the standard output. Before the request, so that
 * nothing runs for nothing. names: borrowed. destinations_finish takes away what is not committed.
 */
bool destinations_prepare(struct destinations *destinations, const char *const *names, size_t count,
                          struct failure *failure);
void destinations_finish(struct destinations *destinations);

/* All outputs, one after the other. */
bool outgo_write(struct result *result, const struct destinations *destinations,
                 struct failure *failure);

/* The result as one JSON object, as docs/protocol.md has it. */
bool outgo_report(struct result *result, struct failure *failure);

/*
 * The standard output; on a terminal another stream, which makes everything visible on the way
 * there. NULL with errno. outgo_end closes it; false if anything was not written.
 */
FILE *outgo_begin(void);
bool outgo_end(FILE *out, struct failure *failure);

/* JSON to the end of a stream, in its form. False if a stream fails; it is known to be JSON. */
bool outgo_json(FILE *out, FILE *in);

/* Whether all that was written to the standard output is out. */
bool outgo_flush(struct failure *failure);

#endif
