/*
 * The seam between the zygote's program and the engine object (standpy_python.so), which alone
 * knows Python. The program loads the environment's libpython, then the engine object, and finds
 * `standpy_interpreter` in it.
 *
 * All calls are made on the thread that called start, which holds the GIL throughout.
 */
#ifndef STANDPY_INTERPRETER_H
#define STANDPY_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>

#include "execution_request.h"
#include "execution_result.h"
#include "mapped_body.h"
#include "message.h"

#define INTERPRETER_SYMBOL "standpy_interpreter"
#define INTERPRETER_ABI    6

struct interpreter_config {
    const char *executable; /* the environment's python3: decides sys.prefix and site-packages */
    const char *preload;    /* module names with commas between */
    bool preload_required;  /* a module that is missing stops the start */
};

/* What a new runner tells its interpreter. */
struct interpreter_runner {
    const char *scratch;  /* its scratch folder: absolute, without symbolic links */
    int stack_descriptor; /* where the stacks of all threads are written */
    int stack_signal;     /* at this signal */
    bool confined;        /* nothing but the scratch folder can be written */
};

/* What there is to know once a script is over. */
struct leftovers {
    long cache_hits, cache_misses; /* of compiled scripts, since the zygote started */
    long threads;                  /* that the script left running */
    int signals;                   /* not 0: handlers were put back, as far as Python knows them */
    int imported;                  /* not 0: modules were imported that were not there before */
    int reaches;            /* not 0: it may have used libraries, and started their threads */
    enum unusable unusable; /* what the script did that cannot be put back */
};

struct interpreter {
    int abi; /* INTERPRETER_ABI */

    /* Starts Python and preloads. False, and one line in error, if that fails. */
    bool (*start)(const struct interpreter_config *config, char *error, size_t capacity);
    /*
     * The folders that the environment reads modules from, one a line. The caller frees the text;
     * NULL if memory runs out.
     */
    char *(*readable_paths)(void);
    /*
     * Runs a script that does nothing: in the zygote, so that what the first script would set up is
     * there in all runners; in a runner, so that the pages which every script writes to are its own
     * before a request waits for them.
     */
    void (*warm_up)(void);
    /* Around every fork of a runner, in the order of pthread_atfork(3). */
    void (*before_fork)(void);
    void (*after_fork_parent)(void);
    /* In every child of such a fork: its threads and random numbers. */
    void (*after_fork_child)(void);
    /* In a new runner: its scratch folder, its stacks. False, and one line in error. */
    bool (*enter_runner)(const struct interpreter_runner *runner, char *error, size_t capacity);

    /*
     * Runs a script. Takes the body over: what no input uses any more is free before the script
     * runs, so the request's slices of it are invalid afterwards. False only if memory ran out; a
     * failing script is a result.
     */
    bool (*execute)(const struct execution_request *request, struct body *body,
                    struct execution_result *result);
    /* While processes of the script still run: those of libraries end in their own way. */
    void (*end_helper_processes)(void);
    /* Frees the result, and puts back what the script has changed and what is cheap to put back. */
    void (*release)(struct execution_result *result, struct leftovers *leftovers);
    /* Collects garbage. */
    void (*collect)(void);
};

#endif
