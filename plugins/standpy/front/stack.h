/*
 * Turns what faulthandler dumps of a stuck script (CPython, Python/traceback.c:
 * _Py_DumpTracebackThreads) into the form of the guide's tracebacks. Pure.
 */
#ifndef STANDPY_STACK_H
#define STANDPY_STACK_H

#include <stdint.h>

#include "slice.h"

/*
 * The traceback text: the stack of the thread that ran the script, then those of its other threads,
 * with the most recent call last and without our own frames. thread: pthread_self() of the thread
 * that ran the script. The caller frees it; NULL if memory runs out or no frame is the script's.
 */
char *stack_format(struct slice dump, uint64_t thread);

/* The phase of that thread, a string constant: parse, inputs, init, run or outputs. */
const char *stack_phase(struct slice dump, uint64_t thread);

#endif
