/*
 * Which modules are worth importing in advance: counts how often scripts import them, and remembers
 * how their trials ended. Pure, of a fixed size, all zero at the start; it lies in memory that
 * outlives a front.
 *
 * A runner reports a script's imports only at the script's first run in that process, and reports
 * none if the modules are there already. So each further run of the same script counts as another
 * import of them.
 */
#ifndef STANDPY_LEARNING_H
#define STANDPY_LEARNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "module_names.h"
#include "slice.h"

#define LEARNING_MODULES 128  /* counted; a new one replaces the one imported longest ago */
#define LEARNING_SCRIPTS 256  /* whose modules are known */
#define LEARNING_EACH    16   /* modules of one script */
#define LEARNING_FAILED  1024 /* modules that failed their trials; then no other is tried */

#define LEARNING_DIFFERENT 3    /* scripts that import a module make it worth a trial, */
#define LEARNING_AGAIN     5    /* and so do so many imports of it */
#define LEARNING_MEMORY    1000 /* requests without an import after which it is forgotten */

enum module_state {
    MODULE_NONE,
    MODULE_SEEN,
    MODULE_TRIED, /* the trial is under way */
    MODULE_LEARNED,
};

struct learned_module {
    char name[MODULE_NAME];
    enum module_state state;
    unsigned script_count, imports, times; /* times: how often it was learned */
    uint64_t scripts[LEARNING_DIFFERENT];
    uint64_t last; /* number of the last request that imported it */
};

struct learned_script {
    uint64_t script;
    size_t count;
    uint8_t modules[LEARNING_EACH]; /* indexes of learning.modules */
};

struct learning {
    uint64_t requests;
    struct learned_module modules[LEARNING_MODULES];
    struct learned_script scripts[LEARNING_SCRIPTS]; /* index: script % LEARNING_SCRIPTS */
    uint64_t failed[LEARNING_FAILED];                /* hashes of their names */
    size_t failed_count;
};

/* A script has run. script: identifies it; 0: unknown. imports: a valid list. */
void learning_note(struct learning *learning, uint64_t script, struct slice imports);

/*
 * Chooses a module that is worth a trial, begins the trial, and returns the module's name; NULL if
 * there is none. One of the next three functions ends the trial.
 */
const char *learning_next(struct learning *learning);
void learning_passed(struct learning *learning, struct slice name);
/* The module is never tried again. Call it also for a learned one that can no longer be imported.
 */
void learning_failed(struct learning *learning, struct slice name);
/* Ends all trials that nobody will report on. */
void learning_lost(struct learning *learning);

/* Says whether so many modules have failed that no other is tried. */
bool learning_is_full(const struct learning *learning);

/* How many different scripts have imported a module, counted up to LEARNING_DIFFERENT. */
unsigned learning_scripts(const struct learning *learning, struct slice name);

/* Lists the modules that are learned and not forgotten; returns the list's length. */
size_t learning_list(struct learning *learning, char list[MODULE_NAMES_TEXT]);

#endif
