/*
 * What is worth to be imported ahead: counts which modules scripts import, and knows what became of
 * those that were tried. Pure, of a fixed size, all zero at the start; it lies in memory that
 * outlives a front.
 *
 * A script tells only at its first run in a process which modules it imports, and not at all once
 * they are there. So each further run of the same script counts as another import of them.
 */
#ifndef STANDPY_LEARNING_H
#define STANDPY_LEARNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "module_names.h"
#include "slice.h"

#define LEARNING_MODULES 128  /* that are counted; who was imported longest ago gives its place */
#define LEARNING_SCRIPTS 256  /* whose modules are known */
#define LEARNING_EACH    16   /* modules of one script */
#define LEARNING_FAILED  1024 /* modules that were tried in vain; then no other is tried */

#define LEARNING_DIFFERENT 3    /* scripts that import a module, or */
#define LEARNING_AGAIN     5    /* imports of it make it worth to be tried */
#define LEARNING_MEMORY    1000 /* requests without an import, after which it is forgotten */

enum module_state {
    MODULE_NONE,
    MODULE_SEEN,
    MODULE_TRIED, /* just now */
    MODULE_LEARNED,
};

struct learned_module {
    char name[MODULE_NAME];
    enum module_state state;
    unsigned script_count, imports, times; /* times: that it was learned */
    uint64_t scripts[LEARNING_DIFFERENT];
    uint64_t last; /* request that imported it */
};

struct learned_script {
    uint64_t script;
    size_t count;
    uint8_t modules[LEARNING_EACH]; /* places */
};

struct learning {
    uint64_t requests;
    struct learned_module modules[LEARNING_MODULES];
    struct learned_script scripts[LEARNING_SCRIPTS]; /* place: script % LEARNING_SCRIPTS */
    uint64_t failed[LEARNING_FAILED];                /* their names, as numbers */
    size_t failed_count;
};

/* A script has run. script: tells it from others; 0: unknown. imports: a valid list. */
void learning_note(struct learning *learning, uint64_t script, struct slice imports);

/*
 * The name of one that is worth a trial, which it is in from now on; NULL if there is none. The
 * trial ends with one of the three below.
 */
const char *learning_next(struct learning *learning);
void learning_passed(struct learning *learning, struct slice name);
/* It is never tried again. Also for one that was learned and cannot be imported any more. */
void learning_failed(struct learning *learning, struct slice name);
/* All trials: nobody knows what became of them. */
void learning_lost(struct learning *learning);

/* Whether so many have failed that no other is tried. */
bool learning_is_full(const struct learning *learning);

/* How many scripts have imported it, as far as that was counted. */
unsigned learning_scripts(const struct learning *learning, struct slice name);

/* What is learned and not forgotten, as a list; returns its length. */
size_t learning_list(struct learning *learning, char list[MODULE_NAMES_TEXT]);

#endif
