/*
 * The seam between the zygote's program and the engine object (standpy_python.so), which alone
 * knows Python. The program loads the environment's libpython, then the engine object, and finds
 * `standpy_interpreter` in it.
 *
 * Only the thread that called start makes calls. It holds the GIL throughout.
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
#define INTERPRETER_ABI    10

struct interpreter_config {
    const char *executable; /* the environment's python3: decides sys.prefix and site-packages */
    const char *preload;    /* module names with commas between */
    bool preload_required;  /* a missing module aborts startup */
    const char *learned;    /* likewise, "" for none; startup goes on if one fails */
    bool learns;            /* runners report what their scripts import */
};

/* What a new runner tells its interpreter. */
struct interpreter_runner {
    const char *scratch;  /* its scratch folder: absolute, without symbolic links */
    const char *kept;     /* of the application: its folder, which lives as long as the engine */
    int stack_descriptor; /* takes the stacks of all threads */
    int stack_signal;     /* makes faulthandler write them */
    bool confined;        /* only the scratch folder can be written */
    bool reused;          /* runs more than one script, and keeps what rm_init returns */
};

/* The WSGI application. */
struct application_config {
    const char *name;   /* module:callable; NULL: there is none */
    const char *folder; /* APP_DIR; "": none */
    const char *mount;  /* the path under which it is; "": under / */
    const char *kept;   /* a folder that it may write to */
    int workers;
};

/* A request of the application; all is borrowed. */
struct page_request {
    struct slice variables; /* as struct job has them */
    const struct body *body;
    bool is_trusted; /* X-Forwarded-… can be believed */
    const char *request_id;
};

/* A part of its answer. */
struct page_part {
    bool is_head;
    int status;          /* of a head */
    struct slice fields; /* likewise, as page_fields_read takes them */
    struct slice content;
    enum page_end end;
    bool is_last; /* likewise, and nothing of the application runs any more */
};

struct page_sender {
    void *context;
    /* Returns when the part is on its way, which takes as long as a slow client does. */
    void (*part)(void *context, const struct page_part *part);
    void (*log)(void *context, struct slice text);
};

/* What the runner has to know once a script is over. */
struct leftovers {
    long cache_hits, cache_misses; /* of compiled scripts, since the zygote started */
    long threads;                  /* threads that the script left running */
    long results;                  /* of rm_init that are kept */
    int signals;                   /* not 0: handlers that Python knows were put back */
    int imported;                  /* not 0: the script imported modules that were not loaded */
    int reaches;            /* not 0: it may have used libraries, and started their threads */
    enum unusable unusable; /* what the script did that cannot be put back */
};

struct interpreter {
    int abi; /* INTERPRETER_ABI */

    /* Starts Python and preloads. False, and one line in error, if that fails. */
    bool (*start)(const struct interpreter_config *config, char *error, size_t capacity);
    /*
     * The folders from which the environment reads modules, one per line. The caller frees the
     * text; NULL if memory runs out.
     */
    char *(*readable_paths)(void);
    /*
     * Names what it has imported in advance, in the form of CONTROL_HELLO's text. The caller frees
     * the text.
     */
    char *(*imported)(void);
    /*
     * Runs a script that does nothing. In the zygote, all runners then have what the first script
     * sets up. In a runner, the pages that every script writes to become its own before a request
     * waits for them.
     */
    void (*warm_up)(void);
    /* Call them around every fork of a runner, like the handlers of pthread_atfork(3). */
    void (*before_fork)(void);
    void (*after_fork_parent)(void);
    /* In the child it sets up threads and random numbers. */
    void (*after_fork_child)(void);
    /* In a new runner: sets up its scratch folder and stack dumps. False, and one line in error. */
    bool (*enter_runner)(const struct interpreter_runner *runner, char *error, size_t capacity);

    /*
     * Runs a script. Takes ownership of the body, and frees before the script runs what no input
     * uses; so the request's slices of it are invalid afterwards. False only if memory ran out; a
     * failing script is a result.
     */
    bool (*execute)(const struct execution_request *request, struct body *body,
                    struct execution_result *result);
    /*
     * Lists the modules of packages that the script has imported (module_names.h), and returns the
     * list's length. Call it once, after execute.
     */
    size_t (*imports)(char list[MODULE_NAMES_TEXT]);
    /*
     * Call it in a process of its own: imports a module, and compares the state before and after.
     * Returns why the module must not be imported in advance, "" if it may be; the caller frees the
     * text. NULL if it cannot find out.
     */
    char *(*try_import)(const char *name, uint64_t most_memory);
    /* Ends processes of libraries in their own way. Call it while they still run. */
    void (*end_helper_processes)(void);
    /* Frees the result, and puts back what the script has changed, if that is cheap. */
    void (*release)(struct execution_result *result, struct leftovers *leftovers);
    /* Imports the application. False, and one line in error, if that fails. */
    bool (*load_application)(const struct application_config *config, char *error, size_t capacity);
    /* What enter_runner is for scripts. */
    bool (*enter_server)(const struct interpreter_runner *runner, char *error, size_t capacity);
    /* Hands a request to the application; returns once that has closed its answer. */
    void (*serve)(const struct page_request *request, const struct page_sender *sender);
    /* Collects garbage. */
    void (*collect)(void);
    /*
     * Forgets one result of rm_init: the youngest, or the one that was not used for longest. False
     * if there is none.
     */
    bool (*forget)(bool youngest);
};

#endif
