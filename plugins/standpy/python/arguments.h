/*
 * Turns a request into the arguments of the helper's execute.
 */
#ifndef STANDPY_ARGUMENTS_H
#define STANDPY_ARGUMENTS_H

#include "python.h"

#include "interpreter.h"

/*
 * A new tuple. It no longer needs the body, because views in it keep the memory. NULL with an
 * exception set.
 */
PyObject *arguments_make(const struct execution_request *request, const struct body *body);

#endif
