/*
 * The engine object: starts Python, keeps it, forks with it. interpreter.h is the seam.
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
#include "serving.h"

/*
 * Makes text UTF-8 even in the C locale. python3 does this for itself (PEP 538), but an embedded
 * interpreter does not.
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
    PyObject *learns = config->learns ? Py_True : Py_False;
    PyObject *problem =
        helpers_call("lifecycle", "preload",
                     Py_BuildValue("(sOsO)", config->preload, required, config->learned, learns));
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
    coerce_c_locale();

    /* Py_SetProgramName decides sys.prefix and site-packages. It is deprecated, but in the stable
     * ABI for good. It keeps the pointer, so the string is never freed. */
    wchar_t *program = Py_DecodeLocale(config->executable, NULL);
    if (!program) {
        snprintf(error, capacity, "cannot decode %s", config->executable);
        return false;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    Py_SetProgramName(program);
#pragma GCC diagnostic pop
    Py_InitializeEx(1); /* 1: sets signal handlers, like python3; ends the process on error */

    if (helpers_load(serving_functions) != 0) {
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

/* A copy of a str in the file system's encoding; NULL with an exception set. Steals the reference.
 */
static char *path_text(PyObject *text)
{
    PyObject *bytes = text ? PyUnicode_EncodeFSDefault(text) : NULL;
    char *copy = bytes ? strdup(PyBytes_AsString(bytes)) : NULL;
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    return copy;
}

static bool enter_runner(const struct interpreter_runner *runner, char *error, size_t capacity)
{
    PyObject *done =
        helpers_call("lifecycle", "enter_runner",
                     Py_BuildValue("(Niiii)", PyUnicode_DecodeFSDefault(runner->scratch),
                                   runner->stack_descriptor, runner->stack_signal,
                                   (int)runner->confined, (int)runner->reused));
    if (!done)
        describe_exception(error, capacity, "new runner");
    Py_XDECREF(done);
    return done != NULL;
}

/* The str that a helper returns. NULL, and a line in the log, if the helper fails. */
static char *text_of_helper(const char *module, const char *function, PyObject *arguments)
{
    char *text = path_text(helpers_call(module, function, arguments));
    if (!text)
        helpers_print_failure();
    return text;
}

static char *readable_paths(void)
{
    return text_of_helper("lifecycle", "readable_paths", PyTuple_New(0));
}

static char *imported(void)
{
    return text_of_helper("lifecycle", "imported", PyTuple_New(0));
}

static char *try_import(const char *name, uint64_t most_memory)
{
    return text_of_helper("trial", "attempt",
                          Py_BuildValue("(sK)", name, (unsigned long long)most_memory));
}

static void collect(void)
{
    call_lifecycle("collect");
}

static bool forget(bool youngest)
{
    PyObject *done = helpers_call("rm_init", "forget", Py_BuildValue("(i)", (int)youngest));
    bool forgot = done == Py_True;
    if (!done)
        helpers_print_failure();
    Py_XDECREF(done);
    return forgot;
}

static void end_helper_processes(void)
{
    call_lifecycle("end_helper_processes");
}

__attribute__((visibility("default"))) extern const struct interpreter standpy_interpreter;

const struct interpreter standpy_interpreter = {
    .abi = INTERPRETER_ABI,
    .start = start,
    .readable_paths = readable_paths,
    .imported = imported,
    .warm_up = execution_warm_up,
    .before_fork = before_fork,
    .after_fork_parent = after_fork_parent,
    .after_fork_child = after_fork_child,
    .enter_runner = enter_runner,
    .execute = execution_run,
    .imports = execution_imports,
    .try_import = try_import,
    .end_helper_processes = end_helper_processes,
    .release = execution_release,
    .load_application = serving_load,
    .enter_server = serving_enter_runner,
    .serve = serving_serve,
    .collect = collect,
    .forget = forget,
};
