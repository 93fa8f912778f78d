/*
 * What a script printed and why it failed, in the form of the guide's process log.
 */
#ifndef STANDPY_CLI_SHOW_H
#define STANDPY_CLI_SHOW_H

#include "failure.h"
#include "result.h"

/* What the script printed, once it succeeded: INFO: lines on the standard error; raw: as it is. */
void show_printed(const struct result *result, bool raw);

/* SEVERE:, and the traceback; raw: without that, but with what the script printed. */
void show_failure(const struct failure *failure, bool raw);

/* A text from outside; on a terminal nothing in it controls that. */
void show_text(FILE *out, struct slice text);

#endif
