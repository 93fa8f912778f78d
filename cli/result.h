/*
 * What a script returned, as an answer brought it.
 */
#ifndef STANDPY_CLI_RESULT_H
#define STANDPY_CLI_RESULT_H

#include <jansson.h>

#include "output_file.h"
#include "spool.h"

enum output_kind {
    OUTPUT_VALUE,
    OUTPUT_TABLE, /* as CSV */
    OUTPUT_FILE,
    OUTPUT_OBJECT, /* its pickle, which nobody loads */
    OUTPUT_COLLECTION,
    OUTPUT_KINDS,
};

struct output {
    enum output_kind kind;
    uint64_t size;           /* bytes, as they came */
    struct spool spool;      /* the bytes, unless they went to a file already */
    bool is_written;         /* to its file, which only has to be put in its place */
    bool is_text;            /* what is in the spool is UTF-8 */
    const json_t *described; /* what the report says of it; borrowed from there */
};

/* All zero at the beginning. */
struct result {
    json_t *report; /* owned */
    struct output *outputs;
    size_t count;
    double total; /* milliseconds of the whole call */
};

/* Where outputs go, one after the other. A file that has no path is the standard output, as are
 * those behind the last. */
struct destinations {
    struct output_file *files; /* owned */
    size_t count;
};

/* The file of an output; NULL for the standard output. Borrowed. */
struct output_file *destinations_file(const struct destinations *destinations, size_t place);

/* A text of the report. Borrowed; may contain null bytes. */
struct slice result_text(const struct result *result, const char *member);

void result_finish(struct result *result);

/* The name in a report; OUTPUT_KINDS if there is none like it. */
enum output_kind output_kind_of(const char *name);
const char *output_kind_name(enum output_kind kind);

#endif
