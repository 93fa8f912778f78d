/*
 * Python's limited API, which every CPython from 3.9 on keeps (PEP 384). Only this file decides
 * which part of it the engine object may use.
 *
 * Use no "#" in formats (Py_BuildValue, PyArg_ParseTuple): with the headers of 3.13 they become
 * calls that older libraries do not have.
 */
#ifndef STANDPY_PYTHON_H
#define STANDPY_PYTHON_H

#define Py_LIMITED_API 0x03090000
#include <Python.h>

#endif
