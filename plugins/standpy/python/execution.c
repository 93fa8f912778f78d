#include "execution.h"
#include "python.h"

#include <string.h>

#include "arguments.h"
#include "helpers.h"
#include "returned.h"

/* The helpers' functions that every request calls; the first request looks them up. */
static PyObject *execute_function, *imports_function, *finish_function;

/* Our own code has failed, perhaps because of what a script did to the interpreter. */
static bool has_failed;

/* Our own code failed, or memory ran out: the log gets the reason, the client gets a 500. */
static void report_internal(struct execution_result *result)
{
    has_failed = true;
    helpers_print_failure();
    *result = (struct execution_result){
        .kind = PROBLEM_INTERNAL,
        .reaches = true,
        .detail = slice_of("the engine failed to convert the request or the result; its log "
                           "has the traceback"),
    };
}

bool execution_run(const struct execution_request *request, struct body *body,
                   struct execution_result *result)
{
    *result = (struct execution_result){0};
    struct returned *returned = returned_make();
    if (!returned) {
        body_close(body);
        return false;
    }

    PyObject *arguments = arguments_make(request, body);
    body_close(body); /* from here on only the views in the inputs keep its memory */
    PyObject *tuple =
        arguments ? helpers_call_kept(&execute_function, "execution", "execute", arguments) : NULL;
    if (!returned_take(returned, tuple, result))
        report_internal(result);
    result->owner = returned;
    return true;
}

size_t execution_imports(char list[MODULE_NAMES_TEXT])
{
    PyObject *text = helpers_call_kept(&imports_function, "execution", "imports", PyTuple_New(0));
    PyObject *bytes = text ? PyUnicode_AsASCIIString(text) : NULL;
    size_t length = bytes ? (size_t)PyBytes_Size(bytes) : 0;
    struct slice names = {bytes ? PyBytes_AsString(bytes) : "", length};
    if (!bytes || !module_names_are_valid(names))
        names.length = 0; /* the script has changed the helper modules; the list is only a hint */
    memcpy(list, names.data, names.length);
    PyErr_Clear();
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    return names.length;
}

static void free_result(struct execution_result *result)
{
    if (!result->owner)
        return;
    returned_free(result->owner);
    *result = (struct execution_result){0};
}

/* The words of the helper's finish for what cannot be put back. */
static const struct {
    const char *name;
    enum unusable why;
} reasons[] = {
    {"", USABLE},
    {"audit hook", UNUSABLE_AUDIT_HOOK},
    {"modules", UNUSABLE_MODULES},
    {"scratch", UNUSABLE_SCRATCH},
    {"library", UNUSABLE_LIBRARY},
    {"patched", UNUSABLE_PATCHED},
};

static enum unusable reason_of(const char *name)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
        if (strcmp(reasons[i].name, name) == 0)
            return reasons[i].why;
    }
    return UNUSABLE_ENGINE;
}

void execution_release(struct execution_result *result, struct leftovers *leftovers)
{
    *leftovers = (struct leftovers){.unusable = UNUSABLE_ENGINE};
    free_result(result);
    PyObject *done = helpers_call_kept(&finish_function, "execution", "finish", PyTuple_New(0));
    const char *reason;
    if (done && PyArg_ParseTuple(done, "llllppps", &leftovers->cache_hits, &leftovers->cache_misses,
                                 &leftovers->threads, &leftovers->results, &leftovers->signals,
                                 &leftovers->imported, &leftovers->reaches, &reason))
        leftovers->unusable = reason_of(reason);
    else
        helpers_print_failure();
    if (has_failed)
        leftovers->unusable = UNUSABLE_ENGINE;
    Py_XDECREF(done);
}

void execution_warm_up(void)
{
    const struct execution_request request = {
        .script = slice_of("def rm_main(): return 'warm'\n"),
        .table_format = TABLE_JSON,
    };
    struct execution_result result = {0};
    struct body body = {.data = "", .file = -1};
    if (execution_run(&request, &body, &result))
        free_result(&result);
}
