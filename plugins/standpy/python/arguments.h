/*
 * From a request to the arguments of the helper's execute.
 */
#ifndef STANDPY_ARGUMENTS_H
#define STANDPY_ARGUMENTS_H

#include "python.h"

#include "interpreter.h"

/*
 * A new tuple, which needs the body no more: views in it keep its memory. NULL with an exception
 * set.
 */
PyObject *arguments_make(const struct execution_request *request, const struct body *body);

#endif
