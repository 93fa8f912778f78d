/*
 * The seam between the plugin, which knows uWSGI and no Python, and the engine object
 * (standpy_python.so), which knows Python and no uWSGI. The plugin loads the environment's
 * libpython, then the engine object, and finds `standpy_interpreter` in it.
 *
 * All calls are made on the thread that called start, which holds the GIL throughout.
 */
#ifndef STANDPY_INTERPRETER_H
#define STANDPY_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>

#include "execution_request.h"
#include "problem.h"
#include "slice.h"

#define INTERPRETER_SYMBOL "standpy_interpreter"
#define INTERPRETER_ABI    4

struct interpreter_config {
    const char *executable;  /* the environment's python3: decides sys.prefix and site-packages */
    const char *preload;     /* module names with commas between */
    bool preload_required;   /* a module that is missing stops the start */
    const char *scratch_dir; /* parent of the workers' scratch folders, an absolute path */
};

/* What a new worker tells its interpreter. */
struct interpreter_worker {
    int number;           /* from 1 */
    int stack_descriptor; /* where the stacks of all threads are written */
    int stack_signal;     /* at this signal */
    bool confined;        /* nothing but the scratch folder can be written */
};

/*
 * A request body: memory of the interpreter's, so that a table may use it in place and a script
 * that keeps such a table keeps the memory.
 */
struct body {
    void *owner; /* bytearray */
    char *data;  /* moves when the body grows */
    size_t length;
    size_t capacity;
};

/* An output as bytes of its own. */
struct raw_output {
    struct slice media_type;
    struct slice content;
};

/* What became of a script. Everything in it is valid until release. */
struct execution_result {
    bool ok;
    /* ok: the pieces of the JSON array of outputs, in order; join them and it is the text */
    const struct slice *pieces;
    size_t piece_count;
    /* the outputs as bytes, where the answer is not a JSON report alone; else none */
    const struct raw_output *raws;
    size_t raw_count;
    double decode_ms, run_ms, encode_ms;
    /* not ok */
    enum problem_kind kind;
    struct slice detail;
    struct slice phase; /* parse, inputs, run, outputs; empty where no script was involved */
    struct slice exception_type, exception_message; /* data NULL where there was no exception */
    long exception_line;                            /* of the script; 0 where unknown */
    struct slice traceback;                         /* data NULL where there is none */
    void *owner;
};

/* What there is to know once a request is over. */
struct leftovers {
    long cache_hits, cache_misses; /* of compiled scripts, since the worker started */
    long threads;                  /* that the script left running */
    int signals;                   /* not 0: handlers were put back, as far as Python knows them */
    bool unusable;                 /* what the script did to the interpreter cannot be put back */
};

struct interpreter {
    int abi; /* INTERPRETER_ABI */

    /* Starts Python and preloads. False, and one line in error, where that fails. */
    bool (*start)(const struct interpreter_config *config, char *error, size_t capacity);
    /* Around every fork of the master, in the order of pthread_atfork(3). */
    void (*before_fork)(void);
    void (*after_fork_parent)(void);
    /* In every child of such a fork: its threads and random numbers. */
    void (*after_fork_child)(void);
    /* In a new worker: its scratch folder, its stacks. False, and one line in error. */
    bool (*enter_worker)(const struct interpreter_worker *worker, char *error, size_t capacity);
    /*
     * After enter_worker: the folders that the environment reads modules from, one a line, and the
     * scratch folder. The caller frees the text; NULL where memory runs out.
     */
    char *(*readable_paths)(void);
    const char *(*scratch_path)(void);
    /* Empties the scratch folder, whatever a process that died left in it. */
    void (*clean_scratch)(void);
    /* At the end of the master: removes the scratch folders. */
    void (*stop)(void);

    /* Makes the body at least `capacity` bytes large. False where memory runs out. */
    bool (*body_reserve)(struct body *body, size_t capacity);
    void (*body_release)(struct body *body);

    /*
     * Runs a script. Takes the body over: what a table does not use any more is free before the
     * script runs, so the request's slices of it are invalid afterwards. False only where memory
     * ran out; a failing script is a result.
     */
    bool (*execute)(const struct execution_request *request, struct body *body,
                    struct execution_result *result);
    /* Frees the result, and puts back what the script has changed and what is cheap to put back. */
    void (*release)(struct execution_result *result, struct leftovers *leftovers);
    /*
     * Runs a script that does nothing, so that the pages which every script writes to are this
     * process's own before a request waits for them.
     */
    void (*warm_up)(void);
    /* Collects garbage. */
    void (*collect)(void);
};

#endif
