/*
 * What went wrong: its kind, which is the exit code, and a sentence for the user. Pure.
 */
#ifndef STANDPY_CLI_FAILURE_H
#define STANDPY_CLI_FAILURE_H

#include <jansson.h>
#include <stdbool.h>

#include "sentence.h"

/* The exit codes, the same in every client (docs/clients.md). */
enum failure_kind {
    FAILURE_NONE = 0,
    FAILURE_SCRIPT = 1,
    FAILURE_USAGE = 2,
    FAILURE_DEADLINE = 3,
    FAILURE_BUSY = 4,
    FAILURE_UNREACHABLE = 5,
    FAILURE_REFUSED = 6,
    FAILURE_INTERRUPTED = 130,
    FAILURE_CLOSED = 141, /* what reads the standard output left */
};

/* All zero at the beginning. */
struct failure {
    enum failure_kind kind;
    unsigned retry_after; /* seconds; 0: do not send again */
    json_t *problem;      /* owned; NULL if the answer was none */
    struct sentence sentence;
};

/* Makes it this failure, whatever it was. Returns false. */
__attribute__((format(printf, 3, 4))) bool
failure_set(struct failure *failure, enum failure_kind kind, const char *format, ...);
bool failure_of_memory(struct failure *failure);
bool failure_of_interrupt(struct failure *failure);

/* A wrong file, as the system names what is wrong: errno. EINTR is a signal. Returns false. */
bool failure_of_file(struct failure *failure, const char *name);

/* Back to no failure. */
void failure_clear(struct failure *failure);

#endif
