/*
 * Threads of a runner that Python knows nothing of: pools of OpenMP, OpenBLAS, polars and their
 * kind. A fork in a later script would hang in a pool whose threads the child has not.
 */
#ifndef STANDPY_NATIVE_THREADS_H
#define STANDPY_NATIVE_THREADS_H

#include <stdbool.h>

/* Takes note of how many threads there are, in a new runner. */
void native_threads_remember(void);

/*
 * Ends what can be ended, if there are more now. False if some go on: then the process is of no
 * use to another script.
 */
bool native_threads_end(void);

#endif
