/*
 * JSON values as Python objects.
 */
#ifndef STANDPY_VALUES_H
#define STANDPY_VALUES_H

#include "python.h"

#include <jansson.h>

/*
 * A new reference, or NULL with an exception set. The value was made by the program's own copy of
 * jansson; it is only walked here, as looking members up would need that copy's hash seed.
 */
PyObject *value_from_json(const json_t *json);

/*
 * The helper modules' is_json(value): True where JSON carries the value exactly, so that what
 * comes back from it is equal and of the same type: None, bool, int within 64 bits, finite float,
 * str, and lists and dicts (str keys) of them, MAX_DEPTH deep at the most.
 */
PyObject *value_is_json(PyObject *module, PyObject *value);

#endif
