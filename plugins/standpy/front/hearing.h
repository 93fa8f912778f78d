/*
 * What a runner says on its channel. The front believes none of it: a message has to be well
 * formed, of a kind that its pool sends, in a state in which somebody waits for it, and for its
 * present job.
 */
#ifndef STANDPY_HEARING_H
#define STANDPY_HEARING_H

#include <stdbool.h>

#include "runner.h"

/* Begins to take its messages, and hands them to its user. */
void hearing_begin(struct runner *runner);

/* Lets it wait with what it sends, or go on. */
void hearing_hold(struct runner *runner, bool held);

/* Reads what a dead runner has sent before its end. */
void hearing_rest(struct runner *runner);

#endif
