#include "values.h"

#include <math.h>
#include <stdbool.h>

/* jansson's own limit for what it reads (JSON_PARSER_MAX_DEPTH) is 2048. */
#define MAX_DEPTH 1000

static PyObject *list_from_json(const json_t *array)
{
    size_t count = json_array_size(array);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *item = value_from_json(json_array_get(array, i));
        if (!item || PyList_SetItem(list, (Py_ssize_t)i, item) != 0)
            Py_CLEAR(list);
    }
    return list;
}

static bool add_member(PyObject *dict, const char *key, size_t key_length, const json_t *value)
{
    PyObject *name = PyUnicode_FromStringAndSize(key, (Py_ssize_t)key_length);
    PyObject *item = name ? value_from_json(value) : NULL;
    bool added = item && PyDict_SetItem(dict, name, item) == 0;
    Py_XDECREF(item);
    Py_XDECREF(name);
    return added;
}

static PyObject *dict_from_json(const json_t *object)
{
    PyObject *dict = PyDict_New();
    /* The iteration functions take a pointer to non-const, but only read. */
    json_t *members = (json_t *)(uintptr_t)object;
    for (void *at = json_object_iter(members); dict && at;
         at = json_object_iter_next(members, at)) {
        const char *key = json_object_iter_key(at);
        if (!add_member(dict, key, strlen(key), json_object_iter_value(at)))
            Py_CLEAR(dict);
    }
    return dict;
}

PyObject *value_from_json(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return dict_from_json(json);
    case JSON_ARRAY:
        return list_from_json(json);
    case JSON_STRING:
        return PyUnicode_FromStringAndSize(json_string_value(json),
                                           (Py_ssize_t)json_string_length(json));
    case JSON_INTEGER:
        return PyLong_FromLongLong(json_integer_value(json));
    case JSON_REAL:
        return PyFloat_FromDouble(json_real_value(json));
    case JSON_TRUE:
        return PyBool_FromLong(1);
    case JSON_FALSE:
        return PyBool_FromLong(0);
    case JSON_NULL:
        break;
    }
    Py_INCREF(Py_None);
    return Py_None;
}

static bool is_json(PyObject *value, int depth);

static bool list_is_json(PyObject *list, int depth)
{
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        if (!is_json(PyList_GetItem(list, i), depth + 1))
            return false;
    }
    return true;
}

static bool dict_is_json(PyObject *dict, int depth)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, &value)) {
        if (!PyUnicode_CheckExact(key) || !is_json(value, depth + 1))
            return false;
    }
    return true;
}

static bool is_json(PyObject *value, int depth)
{
    if (value == Py_None || PyUnicode_CheckExact(value) || PyBool_Check(value))
        return true;
    if (PyFloat_CheckExact(value))
        return isfinite(PyFloat_AsDouble(value)) != 0;
    if (PyLong_CheckExact(value)) {
        int overflow;
        PyLong_AsLongLongAndOverflow(value, &overflow);
        return overflow == 0;
    }
    if (depth == MAX_DEPTH)
        return false;
    if (PyList_CheckExact(value))
        return list_is_json(value, depth);
    return PyDict_CheckExact(value) && dict_is_json(value, depth);
}

PyObject *value_is_json(PyObject *module, PyObject *value)
{
    (void)module;
    return PyBool_FromLong(is_json(value, 0));
}
