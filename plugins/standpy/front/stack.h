/*
 * The Python stack of a stuck script, from what faulthandler dumps (CPython,
 * Python/traceback.c: _Py_DumpTracebackThreads) to the form of the guide's tracebacks. Pure.
 */
#ifndef STANDPY_STACK_H
#define STANDPY_STACK_H

#include <stdint.h>

#include "slice.h"

/*
 * The traceback text: the stack of the thread that ran the script, then those of its other threads,
 * most recent call last, without frames of ours. thread: what pthread_self() was there.
 * The caller frees it; NULL where memory runs out or the dump holds no frame of the script's.
 */
char *stack_format(struct slice dump, uint64_t thread);

/* The phase in which that thread is: parse, inputs, run or outputs; a string constant. */
const char *stack_phase(struct slice dump, uint64_t thread);

#endif
