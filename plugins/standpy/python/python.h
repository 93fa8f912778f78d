/*
 * Python's limited API, the one that every CPython from 3.9 on keeps (PEP 384): the one place that
 * decides which part of it the engine object may use.
 *
 * No "#" in formats (Py_BuildValue, PyArg_ParseTuple): the headers of 3.13 compile those to calls
 * that older libraries refuse.
 */
#ifndef STANDPY_PYTHON_H
#define STANDPY_PYTHON_H

#define Py_LIMITED_API 0x03090000
#include <Python.h>

#endif
