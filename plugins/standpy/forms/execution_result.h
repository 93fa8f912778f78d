/*
 * What became of a script, as the interpreter hands it over: only bytes, no Python.
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
    /* ok: the JSON text of the array of outputs, in pieces to join in order */
    const struct slice *pieces;
    size_t piece_count;
    /* the outputs as bytes, unless the answer is only a JSON report */
    const struct raw_output *raws;
    size_t raw_count;
    double decode_ms, run_ms, encode_ms;
    double init_ms; /* of rm_init; negative if there is none */
    bool reaches; /* the script may have reached modules, or failed, so the cleanup takes longer */
    /* not ok */
    enum problem_kind kind;
    struct slice detail;
    struct slice phase; /* parse, inputs, init, run, outputs; empty if no script was involved */
    struct slice exception_type, exception_message; /* data NULL if there was no exception */
    long exception_line;                            /* of the script; 0: unknown */
    struct slice traceback;                         /* data NULL if there is none */
    void *owner;
};

#endif
