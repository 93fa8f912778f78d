/*
 * Runs one script: turns C structs into Python objects, and back.
 */
#ifndef STANDPY_EXECUTION_H
#define STANDPY_EXECUTION_H

#include "interpreter.h"

/* The members of struct interpreter of the same names. */
bool execution_run(const struct execution_request *request, struct body *body,
                   struct execution_result *result);
void execution_release(struct execution_result *result, struct leftovers *leftovers);

size_t execution_imports(char list[MODULE_NAMES_TEXT]);

/* Runs a script that does nothing, and touches nothing that other processes share. */
void execution_warm_up(void);

#endif
