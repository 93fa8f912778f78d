/*
 * The processes that the zygote has started. Any other child of the zygote is a stranger: a process
 * that a runner's script has left behind.
 */
#ifndef STANDPY_CHILDREN_H
#define STANDPY_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "scratch_folder.h"

enum child_kind {
    CHILD_RUNNER,
    CHILD_REMOVER, /* removes a large scratch folder */
    CHILD_HOST,    /* has the WSGI application (application.h) */
    CHILD_TRIAL,   /* imports a module to see what that changes */
};

struct child {
    pid_t process;
    enum child_kind kind;
    uint64_t generation;        /* of the front that a runner or trial works for */
    char scratch[SCRATCH_NAME]; /* the folder that it uses or removes */
};

/* Makes room for one more child. False if memory runs out. */
bool children_reserve(void);
/* Call it after children_reserve. */
void children_add(const struct child *child);
/* NULL for a stranger; valid until the next call that adds or drops. */
struct child *children_find(pid_t process);
void children_drop(struct child *child);

/* In a fork of the zygote, which has no children. */
void children_forget(void);

bool children_know(pid_t process);
/* Says whether a child has that scratch folder. */
bool children_have_scratch(const char *name);

/* Sends SIGKILL to all of a kind, and to the process groups of runners and trials. */
void children_kill(enum child_kind kind);

#endif
