/*
 * From what the helper's execute returned to a result.
 */
#ifndef STANDPY_RETURNED_H
#define STANDPY_RETURNED_H

#include "python.h"

#include "execution_result.h"

/* What keeps the slices of a result alive: struct execution_result.owner. */
struct returned;

/* NULL if memory runs out. */
struct returned *returned_make(void);

/* Steals the tuple. False, perhaps with an exception set, if there is none or it cannot be read. */
bool returned_take(struct returned *returned, PyObject *tuple, struct execution_result *result);

/* NULL is none. */
void returned_free(struct returned *returned);

#endif
