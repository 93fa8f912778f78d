/*
 * What standpy does: run, info and check. Each makes a failure, or writes to the standard output.
 */
#ifndef STANDPY_CLI_COMMANDS_H
#define STANDPY_CLI_COMMANDS_H

#include "command_line.h"
#include "failure.h"
#include "transfer.h"

bool command_run(const struct command_line *line, struct target *target, struct failure *failure);

bool command_info(const struct target *target, struct failure *failure);

/* False without a failure's sentence if a step failed: the steps say it. */
bool command_check(const struct command_line *line, struct target *target, struct failure *failure);

#endif
