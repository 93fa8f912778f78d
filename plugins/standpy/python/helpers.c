#include "helpers.h"

#include <stdio.h>

#include "values.h"

struct helper_module {
    const char *name;
    const char *source;
};

#include "helper_sources.h"

#define PACKAGE "_standpy"

static PyMethodDef functions[] = {
    {"is_json", value_is_json, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef package_definition = {
    .m_base = PyModuleDef_HEAD_INIT, .m_name = PACKAGE, .m_size = -1, .m_methods = functions};

/* Gives a helper its own builtins, so a script that changes those that it sees does not change the
 * helpers. */
static int give_builtins(const char *name)
{
    PyObject *module = PyImport_AddModule(name); /* borrowed */
    PyObject *copy = PyDict_Copy(PyEval_GetBuiltins());
    int status =
        module && copy ? PyDict_SetItemString(PyModule_GetDict(module), "__builtins__", copy) : -1;
    Py_XDECREF(copy);
    return status;
}

/* helper_sources.h lists each module after those that it imports. */
static int load_module(PyObject *package, const struct helper_module *helper)
{
    char name[64], file[64];
    snprintf(name, sizeof(name), PACKAGE ".%s", helper->name);
    snprintf(file, sizeof(file), "<standpy>/%s.py", helper->name);

    PyObject *code = Py_CompileString(helper->source, file, Py_file_input);
    PyObject *module =
        code && give_builtins(name) == 0 ? PyImport_ExecCodeModuleEx(name, code, file) : NULL;
    int status = module ? PyObject_SetAttrString(package, helper->name, module) : -1;
    Py_XDECREF(module);
    Py_XDECREF(code);
    return status;
}

int helpers_load(PyMethodDef *more)
{
    PyObject *package = PyModule_Create(&package_definition);
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *path = PyList_New(0);
    int status = package && path && PyModule_AddFunctions(package, more) == 0 &&
                         PyModule_AddObject(package, "__path__", path) == 0 &&
                         PyDict_SetItemString(modules, PACKAGE, package) == 0
                     ? 0
                     : -1;
    size_t count = sizeof(helper_modules) / sizeof(*helper_modules);
    for (size_t i = 0; status == 0 && i < count; i++)
        status = load_module(package, &helper_modules[i]);
    Py_XDECREF(package);
    return status;
}

void helpers_print_failure(void)
{
    /* A script may have deleted or replaced these. */
    PyObject *stream = PySys_GetObject("__stderr__"), *hook = PySys_GetObject("__unraisablehook__");
    if (stream)
        PySys_SetObject("stderr", stream);
    if (hook)
        PySys_SetObject("unraisablehook", hook);
    PyErr_WriteUnraisable(NULL);
}

PyObject *helpers_find(const char *module, const char *function)
{
    char name[64];
    snprintf(name, sizeof(name), PACKAGE ".%s", module);
    PyObject *found = PyDict_GetItemString(PyImport_GetModuleDict(), name); /* borrowed */
    if (found)
        return PyObject_GetAttrString(found, function);
    PyErr_Format(PyExc_ImportError, "%s is not loaded", name);
    return NULL;
}

PyObject *helpers_call(const char *module, const char *function, PyObject *arguments)
{
    PyObject *callable = helpers_find(module, function);
    PyObject *result = callable && arguments ? PyObject_CallObject(callable, arguments) : NULL;
    Py_XDECREF(callable);
    Py_XDECREF(arguments);
    return result;
}

PyObject *helpers_call_kept(PyObject **kept, const char *module, const char *function,
                            PyObject *arguments)
{
    if (!*kept)
        *kept = helpers_find(module, function);
    PyObject *result = *kept && arguments ? PyObject_CallObject(*kept, arguments) : NULL;
    Py_XDECREF(arguments);
    return result;
}
