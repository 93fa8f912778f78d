/*
 * What became of a script, as the interpreter hands it over: no Python, only bytes.
 */
#ifndef STANDPY_EXECUTION_RESULT_H
#define STANDPY_EXECUTION_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "problem.h"
#include "slice.h"

/* An output as bytes of its own. */
struct raw_output {
    struct slice media_type;
    struct slice content;
};

/* Everything in it is valid until the interpreter's release. */
struct execution_result {
    bool ok;
    /* ok: the pieces of the JSON array of outputs, in order; join them and it is the text */
    const struct slice *pieces;
    size_t piece_count;
    /* the outputs as bytes, if the answer is not a JSON report alone; else none */
    const struct raw_output *raws;
    size_t raw_count;
    double decode_ms, run_ms, encode_ms;
    bool reaches; /* the script may have reached modules, or failed: cleaning up takes longer */
    /* not ok */
    enum problem_kind kind;
    struct slice detail;
    struct slice phase; /* parse, inputs, run, outputs; empty where no script was involved */
    struct slice exception_type, exception_message; /* data NULL where there was no exception */
    long exception_line;                            /* of the script; 0 where unknown */
    struct slice traceback;                         /* data NULL where there is none */
    void *owner;
};

#endif
