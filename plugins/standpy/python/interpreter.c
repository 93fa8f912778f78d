/*
 * The engine object: Python started, kept, forked. See interpreter.h for the seam.
 */
#include "interpreter.h"
#include "python.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "execution.h"
#include "helpers.h"

static char scratch_root[PATH_MAX]; /* of this engine; workers have a folder each in it */

/*
 * What python3 does for itself (PEP 538) but an embedded interpreter does not: in the C locale,
 * text is UTF-8 all the same.
 */
static void coerce_c_locale(void)
{
    const char *locale = setlocale(LC_CTYPE, "");
    if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0) {
        if (setlocale(LC_CTYPE, "C.UTF-8"))
            setenv("LC_CTYPE", "C.UTF-8", 1);
    }
}

/* Takes the pending exception as one line of text. */
static void describe_exception(char *error, size_t capacity, const char *doing)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *text = value ? PyObject_Str(value) : NULL;
    PyObject *bytes = text ? PyUnicode_AsUTF8String(text) : NULL;
    snprintf(error, capacity, "%s: %s", doing, bytes ? PyBytes_AsString(bytes) : "unknown failure");
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    PyErr_Clear();
}

static bool preload(const struct interpreter_config *config, char *error, size_t capacity)
{
    PyObject *required = config->preload_required ? Py_True : Py_False;
    PyObject *problem =
        helpers_call("lifecycle", "preload", Py_BuildValue("(sO)", config->preload, required));
    if (!problem) {
        describe_exception(error, capacity, "preload");
        return false;
    }
    bool loaded = problem == Py_None;
    PyObject *bytes = loaded ? NULL : PyUnicode_AsUTF8String(problem);
    if (!loaded)
        snprintf(error, capacity, "%s", bytes ? PyBytes_AsString(bytes) : "preload failed");
    Py_XDECREF(bytes);
    Py_DECREF(problem);
    return loaded;
}

static bool start(const struct interpreter_config *config, char *error, size_t capacity)
{
    snprintf(scratch_root, sizeof(scratch_root), "%s/standpy-%d", config->scratch_dir,
             (int)getpid());
    coerce_c_locale();

    /* Decides sys.prefix and site-packages. Deprecated, but in the stable ABI for good; it keeps
     * the pointer, so the string is never freed. */
    wchar_t *program = Py_DecodeLocale(config->executable, NULL);
    if (!program) {
        snprintf(error, capacity, "cannot decode %s", config->executable);
        return false;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    Py_SetProgramName(program);
#pragma GCC diagnostic pop
    Py_InitializeEx(
        0); /* without signal handlers: signals are uWSGI's; ends the process on error */

    if (helpers_load() != 0) {
        describe_exception(error, capacity, "the embedded helper modules");
        return false;
    }
    return preload(config, error, capacity);
}

static void before_fork(void)
{
    PyOS_BeforeFork();
}

static void after_fork_parent(void)
{
    PyOS_AfterFork_Parent();
}

/* Calls a helper of lifecycle.py that returns nothing. */
static void call_lifecycle(const char *function)
{
    PyObject *done = helpers_call("lifecycle", function, PyTuple_New(0));
    if (!done)
        helpers_print_failure();
    Py_XDECREF(done);
}

static void after_fork_child(void)
{
    PyOS_AfterFork_Child();
    call_lifecycle("after_fork");
}

/* A copy of a str in the file system's encoding; NULL with an exception set. Takes the reference.
 */
static char *path_text(PyObject *text)
{
    PyObject *bytes = text ? PyUnicode_EncodeFSDefault(text) : NULL;
    char *copy = bytes ? strdup(PyBytes_AsString(bytes)) : NULL;
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    return copy;
}

static char *worker_scratch; /* of this worker, absolute */

static bool enter_worker(const struct interpreter_worker *worker, char *error, size_t capacity)
{
    worker_scratch = path_text(helpers_call(
        "lifecycle", "enter_worker",
        Py_BuildValue("(Niiii)", PyUnicode_DecodeFSDefault(scratch_root), worker->number,
                      worker->stack_descriptor, worker->stack_signal, worker->confined)));
    if (!worker_scratch)
        describe_exception(error, capacity, "new worker");
    return worker_scratch != NULL;
}

static const char *scratch_path(void)
{
    return worker_scratch;
}

static char *readable_paths(void)
{
    char *paths = path_text(helpers_call("lifecycle", "readable_paths", PyTuple_New(0)));
    if (!paths)
        helpers_print_failure();
    return paths;
}

static void clean_scratch(void)
{
    call_lifecycle("clean_scratch");
}

static void stop(void)
{
    PyObject *done = helpers_call("lifecycle", "stop",
                                  Py_BuildValue("(N)", PyUnicode_DecodeFSDefault(scratch_root)));
    if (!done)
        helpers_print_failure();
    Py_XDECREF(done);
}

static void collect(void)
{
    call_lifecycle("collect");
}

static bool body_reserve(struct body *body, size_t capacity)
{
    if (capacity > PY_SSIZE_T_MAX / 2)
        return false;
    if (!body->owner)
        body->owner = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)capacity);
    else if (PyByteArray_Resize(body->owner, (Py_ssize_t)capacity) != 0) {
        PyErr_Clear();
        return false;
    }
    if (!body->owner) {
        PyErr_Clear();
        return false;
    }
    body->data = PyByteArray_AsString(body->owner);
    body->capacity = capacity;
    return true;
}

static void body_release(struct body *body)
{
    Py_XDECREF((PyObject *)body->owner);
    *body = (struct body){0};
}

__attribute__((visibility("default"))) extern const struct interpreter standpy_interpreter;

const struct interpreter standpy_interpreter = {
    .abi = INTERPRETER_ABI,
    .start = start,
    .before_fork = before_fork,
    .after_fork_parent = after_fork_parent,
    .after_fork_child = after_fork_child,
    .enter_worker = enter_worker,
    .readable_paths = readable_paths,
    .scratch_path = scratch_path,
    .clean_scratch = clean_scratch,
    .stop = stop,
    .body_reserve = body_reserve,
    .body_release = body_release,
    .execute = execution_run,
    .release = execution_release,
    .warm_up = execution_warm_up,
    .collect = collect,
};
