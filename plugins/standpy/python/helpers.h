/*
 * The helper modules (in helper), embedded at build time: the environment needs nothing of ours.
 */
#ifndef STANDPY_HELPERS_H
#define STANDPY_HELPERS_H

#include "python.h"

/*
 * Makes the package _standpy with its modules in sys.modules.
 * 0, or -1 with an exception set.
 */
int helpers_load(void);

/*
 * Writes the pending exception to sys.stderr and clears it. SystemExit is one like all others here:
 * PyErr_Print would end the process.
 */
void helpers_print_failure(void);

/* _standpy.<module>.<function>, a new reference. NULL with an exception set. */
PyObject *helpers_find(const char *module, const char *function);

/* Calls _standpy.<module>.<function>(*arguments); steals arguments. NULL with an exception set. */
PyObject *helpers_call(const char *module, const char *function, PyObject *arguments);

/* Likewise, for what every request calls: keeps the function in *kept, which is NULL at first. */
PyObject *helpers_call_kept(PyObject **kept, const char *module, const char *function,
                            PyObject *arguments);

#endif
