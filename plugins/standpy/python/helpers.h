/*
 * The helper modules (folder helper), embedded at build time, so that the environment needs nothing
 * of ours.
 */
#ifndef STANDPY_HELPERS_H
#define STANDPY_HELPERS_H

#include "python.h"

/*
 * Puts the package _standpy and its modules into sys.modules. more: functions of the package beside
 * its own, kept. 0, or -1 with an exception set.
 */
int helpers_load(PyMethodDef *more);

/*
 * Writes the pending exception to sys.stderr, and clears it. SystemExit is treated like any other
 * exception; PyErr_Print would end the process.
 */
void helpers_print_failure(void);

/* _standpy.<module>.<function>, a new reference. NULL with an exception set. */
PyObject *helpers_find(const char *module, const char *function);

/* Calls _standpy.<module>.<function>(*arguments); steals arguments. NULL with an exception set. */
PyObject *helpers_call(const char *module, const char *function, PyObject *arguments);

/* Likewise, for functions that every request calls: keeps the function in *kept, at first NULL. */
PyObject *helpers_call_kept(PyObject **kept, const char *module, const char *function,
                            PyObject *arguments);

#endif
