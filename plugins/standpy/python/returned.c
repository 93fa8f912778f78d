#include "returned.h"

#include <stdlib.h>

struct returned {
    PyObject *tuple;      /* what the helper's execute returned */
    PyObject *encoded[6]; /* UTF-8 bytes of its strings */
    size_t encoded_count;
    struct slice *pieces;
    struct raw_output *raws;
};

static const struct {
    const char *name;
    enum problem_kind kind;
} kinds[] = {
    {"malformed", PROBLEM_MALFORMED_REQUEST},
    {"exhausted", PROBLEM_TOO_LARGE},
    {"unsupported", PROBLEM_UNSUPPORTED_MEDIA_TYPE},
    {"not_acceptable", PROBLEM_NOT_ACCEPTABLE},
    {"parse", PROBLEM_SCRIPT_PARSE_FAILED},
    {"run", PROBLEM_SCRIPT_FAILED},
    {"outputs", PROBLEM_OUTPUTS_FAILED},
};

/* Takes a str of the result tuple as bytes, kept until release; data NULL for None. */
static bool take_text(struct returned *returned, Py_ssize_t index, struct slice *text)
{
    *text = (struct slice){NULL, 0};
    PyObject *value = PyTuple_GetItem(returned->tuple, index); /* borrowed */
    if (!value || value == Py_None)
        return value != NULL;
    PyObject *bytes = PyUnicode_AsEncodedString(value, "utf-8", "backslashreplace");
    char *data;
    Py_ssize_t length;
    if (!bytes || PyBytes_AsStringAndSize(bytes, &data, &length) != 0) {
        Py_XDECREF(bytes);
        return false;
    }
    returned->encoded[returned->encoded_count++] = bytes;
    *text = (struct slice){data, (size_t)length};
    return true;
}

static bool take_failure(struct returned *returned, struct execution_result *result)
{
    struct slice kind;
    if (!take_text(returned, 0, &kind) || !take_text(returned, 1, &result->detail) ||
        !take_text(returned, 2, &result->phase) ||
        !take_text(returned, 3, &result->exception_type) ||
        !take_text(returned, 4, &result->exception_message) ||
        !take_text(returned, 6, &result->traceback))
        return false;
    result->exception_line = PyLong_AsLong(PyTuple_GetItem(returned->tuple, 5));
    result->kind = PROBLEM_INTERNAL;
    result->reaches = true; /* perhaps: a failure does not tell what the script has done */
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (slice_equals(kind, kinds[i].name))
            result->kind = kinds[i].kind;
    }
    return !PyErr_Occurred();
}

static bool take_pieces(struct returned *returned, struct execution_result *result)
{
    PyObject *list = PyTuple_GetItem(returned->tuple, 1); /* borrowed, as all below */
    Py_ssize_t count = list ? PyList_Size(list) : -1;
    if (count < 0)
        return false;
    returned->pieces = calloc((size_t)count + 1, sizeof(*returned->pieces));
    if (!returned->pieces)
        return false;
    for (Py_ssize_t i = 0; i < count; i++) {
        char *data;
        Py_ssize_t length;
        if (PyBytes_AsStringAndSize(PyList_GetItem(list, i), &data, &length) != 0)
            return false;
        returned->pieces[i] = (struct slice){data, (size_t)length};
    }
    result->pieces = returned->pieces;
    result->piece_count = (size_t)count;
    return true;
}

/*
 * Takes one (media_type, content, address, size). If address is None, content is bytes; else
 * content keeps that memory, as a buffer of pyarrow does. The limited API of 3.9 has no buffers.
 */
static bool take_raw(PyObject *tuple, struct raw_output *raw)
{
    char *data;
    Py_ssize_t length;
    PyObject *address = PyTuple_GetItem(tuple, 2); /* borrowed, as all here */
    if (!address || PyBytes_AsStringAndSize(PyTuple_GetItem(tuple, 0), &data, &length) != 0)
        return false;
    raw->media_type = (struct slice){data, (size_t)length};
    if (address == Py_None) {
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(tuple, 1), &data, &length) != 0)
            return false;
    } else {
        data = PyLong_AsVoidPtr(address);
        length = PyLong_AsSsize_t(PyTuple_GetItem(tuple, 3));
    }
    raw->content = (struct slice){data, (size_t)length};
    return !PyErr_Occurred();
}

static bool take_raws(struct returned *returned, struct execution_result *result)
{
    PyObject *list = PyTuple_GetItem(returned->tuple, 5); /* borrowed */
    Py_ssize_t count = list ? PyList_Size(list) : -1;
    if (count < 0)
        return false;
    returned->raws = calloc((size_t)count + 1, sizeof(*returned->raws));
    if (!returned->raws)
        return false;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!take_raw(PyList_GetItem(list, i), &returned->raws[i]))
            return false;
    }
    result->raws = returned->raws;
    result->raw_count = (size_t)count;
    return true;
}

static bool take_success(struct returned *returned, struct execution_result *result)
{
    if (!take_pieces(returned, result) || !take_raws(returned, result))
        return false;
    result->decode_ms = PyFloat_AsDouble(PyTuple_GetItem(returned->tuple, 2)) * 1000;
    result->run_ms = PyFloat_AsDouble(PyTuple_GetItem(returned->tuple, 3)) * 1000;
    result->encode_ms = PyFloat_AsDouble(PyTuple_GetItem(returned->tuple, 4)) * 1000;
    result->init_ms = PyFloat_AsDouble(PyTuple_GetItem(returned->tuple, 7)) * 1000;
    result->reaches = PyTuple_GetItem(returned->tuple, 6) == Py_True;
    result->ok = true;
    return !PyErr_Occurred();
}

bool returned_take(struct returned *returned, PyObject *tuple, struct execution_result *result)
{
    returned->tuple = tuple;
    if (!tuple)
        return false;
    PyObject *failure = PyTuple_GetItem(tuple, 0); /* borrowed */
    return failure == Py_None ? take_success(returned, result) : take_failure(returned, result);
}

struct returned *returned_make(void)
{
    return calloc(1, sizeof(struct returned));
}

void returned_free(struct returned *returned)
{
    if (!returned)
        return;
    for (size_t i = 0; i < returned->encoded_count; i++)
        Py_DECREF(returned->encoded[i]);
    Py_XDECREF(returned->tuple);
    free(returned->pieces);
    free(returned->raws);
    free(returned);
}
