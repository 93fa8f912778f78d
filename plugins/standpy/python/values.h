/*
 * Turns JSON values into Python objects.
 */
#ifndef STANDPY_VALUES_H
#define STANDPY_VALUES_H

#include "python.h"

#include <jansson.h>

/*
 * A new reference, or NULL with an exception set. The program's own copy of jansson has made the
 * value. So this only walks through it, because to look up members takes that copy's hash seed.
 */
PyObject *value_from_json(const json_t *json);

/*
 * The helper modules' is_json(value): True if JSON carries the value exactly, so that what comes
 * back is equal and of the same type. That is None, bool, int within 64 bits, finite float, str,
 * and lists and dicts (with str keys) of them, at most MAX_DEPTH deep.
 */
PyObject *value_is_json(PyObject *module, PyObject *value);

#endif
