/*
 * The parts of an answer, as they come, to a result: first the report, then one part for each
 * output.
 */
#ifndef STANDPY_CLI_READING_H
#define STANDPY_CLI_READING_H

#include "failure.h"
#include "multipart_stream.h"
#include "result.h"
#include "utf8_stream.h"
#include "value_text.h"

#define READING_MOST_JSON (64 << 20) /* bytes of a report or problem, which hold 2 MiB of text */

/* Ends sentences about what nobody understands. */
#define READING_OLD "Does this client know that engine's version? A newer standpy may."

struct reading {
    struct multipart_stream stream;
    const struct destinations *destinations; /* borrowed */
    const char *endpoint;                    /* borrowed */
    struct result *result;                   /* borrowed */
    struct failure *failure;                 /* borrowed */
    FILE *report;                            /* owned, as are the others */
    char *report_text;
    size_t report_size;
    size_t begun; /* parts */
    struct value_text *value;
    struct utf8_stream utf8;
};

/* content_type: the answer's. False if there are no parts to read. */
bool reading_begin(struct reading *reading, const char *content_type);

/* False if the answer is not what its head says. */
bool reading_take(struct reading *reading, struct slice piece);

/* Whether all of it was there. */
bool reading_end(struct reading *reading);

void reading_finish(struct reading *reading);

#endif
