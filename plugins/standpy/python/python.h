/*
 * Python's limited API, the one that every CPython from 3.9 on keeps (PEP 384): the one place that
 * decides which part of it the engine object may use.
 */
#ifndef STANDPY_PYTHON_H
#define STANDPY_PYTHON_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03090000
#include <Python.h>

#endif
