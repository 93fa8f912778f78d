#include "execution.h"
#include "python.h"

#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "values.h"

/* What keeps the slices of a result alive: struct execution_result.owner. */
struct keeper {
    PyObject *tuple;      /* what the helper's execute returned */
    PyObject *encoded[6]; /* UTF-8 bytes of its strings */
    size_t encoded_count;
    struct slice *pieces;
    struct raw_output *raws;
};

/* The helpers' functions that every request calls; looked up at the first. */
static PyObject *execute_function, *finish_function, *map_function;

/* Something of ours has, and what a script did to the interpreter may be why. */
static bool has_failed;

/* Steals arguments. */
static PyObject *call_function(PyObject **function, const char *module, const char *name,
                               PyObject *arguments)
{
    if (!*function)
        *function = helpers_find(module, name);
    PyObject *result = *function && arguments ? PyObject_CallObject(*function, arguments) : NULL;
    Py_XDECREF(arguments);
    return result;
}

/* Bytes that are copied sooner than looked at through a view. */
#define SMALL_CONTENT 4096

static const char *const table_formats[] = {[TABLE_ARROW] = "arrow",
                                            [TABLE_CSV] = "csv",
                                            [TABLE_JSON] = "json",
                                            [TABLE_DEFAULT] = "default"};

static const char *const answer_forms[] = {[ANSWER_JSON] = "json",
                                           [ANSWER_MULTIPART] = "multipart",
                                           [ANSWER_ARROW] = "arrow",
                                           [ANSWER_CSV] = "csv",
                                           [ANSWER_BINARY] = "binary"};

static const char *const input_types[] = {[INPUT_VALUE] = "value",
                                          [INPUT_TABLE] = "table",
                                          [INPUT_FILE] = "file",
                                          [INPUT_OBJECT] = "object",
                                          [INPUT_COLLECTION] = "collection"};

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

/* The body as Python has it: a view of the mapped file, made when an input needs it. */
struct view {
    const struct body *body;
    PyObject *object;
};

static bool is_worth_a_view(const struct view *view, struct slice content)
{
    const struct body *body = view->body;
    return body->file >= 0 && content.length > SMALL_CONTENT && content.data >= body->data &&
           content.data + content.length <= body->data + body->length;
}

/*
 * The content of an input as a bytes-like object. What lies in a large body is used in place,
 * through a view that keeps its memory; what is small, or lies in a JSON document, is copied.
 */
static PyObject *content_object(struct view *view, struct slice content)
{
    const struct body *body = view->body;
    if (!is_worth_a_view(view, content))
        return PyBytes_FromStringAndSize(content.data, (Py_ssize_t)content.length);
    if (!view->object)
        view->object = call_function(&map_function, "inputs", "map_body",
                                     Py_BuildValue("(in)", body->file, (Py_ssize_t)body->length));
    if (!view->object) {
        PyErr_Clear(); /* there is no room for another mapping, perhaps there is for a copy */
        return PyBytes_FromStringAndSize(content.data, (Py_ssize_t)content.length);
    }
    Py_ssize_t from = content.data - body->data;
    return PySequence_GetSlice(view->object, from, from + (Py_ssize_t)content.length);
}

static PyObject *metadata_object(struct slice metadata)
{
    if (metadata.data)
        return PyBytes_FromStringAndSize(metadata.data, (Py_ssize_t)metadata.length);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *input_object(const struct input *input, struct view *view)
{
    PyObject *content = input->type == INPUT_VALUE ? value_from_json(input->value)
                                                   : content_object(view, input->content);
    if (!content)
        return NULL;
    return Py_BuildValue("(ssNNN)", input_types[input->type], table_formats[input->table_format],
                         PyBool_FromLong(input->base64), content, metadata_object(input->metadata));
}

static PyObject *input_list(const struct execution_request *request, const struct body *body)
{
    PyObject *list = PyList_New((Py_ssize_t)request->input_count);
    struct view view = {.body = body};
    for (size_t i = 0; list && i < request->input_count; i++) {
        PyObject *item = input_object(&request->inputs[i], &view);
        if (!item || PyList_SetItem(list, (Py_ssize_t)i, item) != 0)
            Py_CLEAR(list);
    }
    Py_XDECREF(view.object);
    return list;
}

static PyObject *call_execute(const struct execution_request *request, struct body *body)
{
    PyObject *inputs = input_list(request, body);
    PyObject *macros;
    if (request->macros) {
        macros = value_from_json(request->macros);
    } else {
        Py_INCREF(Py_None);
        macros = Py_None;
    }
    if (!inputs || !macros) {
        Py_XDECREF(inputs);
        Py_XDECREF(macros);
        return NULL;
    }
    PyObject *script =
        PyBytes_FromStringAndSize(request->script.data, (Py_ssize_t)request->script.length);
    PyObject *arguments =
        Py_BuildValue("(NNNss)", script, inputs, macros, table_formats[request->table_format],
                      answer_forms[request->answer_form]);
    body_close(body); /* from here on the views in the inputs alone keep its memory */
    return call_function(&execute_function, "execution", "execute", arguments);
}

/* Bytes of a str of the result tuple, kept until release; data NULL for None. */
static bool take_text(struct keeper *keeper, Py_ssize_t index, struct slice *text)
{
    *text = (struct slice){NULL, 0};
    PyObject *value = PyTuple_GetItem(keeper->tuple, index); /* borrowed */
    if (!value || value == Py_None)
        return value != NULL;
    PyObject *bytes = PyUnicode_AsEncodedString(value, "utf-8", "backslashreplace");
    char *data;
    Py_ssize_t length;
    if (!bytes || PyBytes_AsStringAndSize(bytes, &data, &length) != 0) {
        Py_XDECREF(bytes);
        return false;
    }
    keeper->encoded[keeper->encoded_count++] = bytes;
    *text = (struct slice){data, (size_t)length};
    return true;
}

static bool take_failure(struct keeper *keeper, struct execution_result *result)
{
    struct slice kind;
    if (!take_text(keeper, 0, &kind) || !take_text(keeper, 1, &result->detail) ||
        !take_text(keeper, 2, &result->phase) || !take_text(keeper, 3, &result->exception_type) ||
        !take_text(keeper, 4, &result->exception_message) ||
        !take_text(keeper, 6, &result->traceback))
        return false;
    result->exception_line = PyLong_AsLong(PyTuple_GetItem(keeper->tuple, 5));
    result->kind = PROBLEM_INTERNAL;
    result->reaches = true; /* or so: what it has done is not told */
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (slice_equals(kind, kinds[i].name))
            result->kind = kinds[i].kind;
    }
    return !PyErr_Occurred();
}

static bool take_pieces(struct keeper *keeper, struct execution_result *result)
{
    PyObject *list = PyTuple_GetItem(keeper->tuple, 1); /* borrowed, as all below */
    Py_ssize_t count = list ? PyList_Size(list) : -1;
    if (count < 0)
        return false;
    keeper->pieces = calloc((size_t)count + 1, sizeof(*keeper->pieces));
    if (!keeper->pieces)
        return false;
    for (Py_ssize_t i = 0; i < count; i++) {
        char *data;
        Py_ssize_t length;
        if (PyBytes_AsStringAndSize(PyList_GetItem(list, i), &data, &length) != 0)
            return false;
        keeper->pieces[i] = (struct slice){data, (size_t)length};
    }
    result->pieces = keeper->pieces;
    result->piece_count = (size_t)count;
    return true;
}

/*
 * One (media_type, content, address, size): content is bytes where address is None, else something
 * that keeps that memory, as a buffer of pyarrow's does. The limited API of 3.9 has no buffers.
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

static bool take_raws(struct keeper *keeper, struct execution_result *result)
{
    PyObject *list = PyTuple_GetItem(keeper->tuple, 5); /* borrowed */
    Py_ssize_t count = list ? PyList_Size(list) : -1;
    if (count < 0)
        return false;
    keeper->raws = calloc((size_t)count + 1, sizeof(*keeper->raws));
    if (!keeper->raws)
        return false;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!take_raw(PyList_GetItem(list, i), &keeper->raws[i]))
            return false;
    }
    result->raws = keeper->raws;
    result->raw_count = (size_t)count;
    return true;
}

static bool take_success(struct keeper *keeper, struct execution_result *result)
{
    if (!take_pieces(keeper, result) || !take_raws(keeper, result))
        return false;
    result->decode_ms = PyFloat_AsDouble(PyTuple_GetItem(keeper->tuple, 2)) * 1000;
    result->run_ms = PyFloat_AsDouble(PyTuple_GetItem(keeper->tuple, 3)) * 1000;
    result->encode_ms = PyFloat_AsDouble(PyTuple_GetItem(keeper->tuple, 4)) * 1000;
    result->reaches = PyTuple_GetItem(keeper->tuple, 6) == Py_True;
    result->ok = true;
    return !PyErr_Occurred();
}

/* A failure of ours, or no memory: what went wrong goes to the log, the client gets a 500. */
static void report_internal(struct execution_result *result)
{
    has_failed = true;
    helpers_print_failure();
    *result = (struct execution_result){
        .kind = PROBLEM_INTERNAL,
        .reaches = true,
        .detail = slice_of("the engine failed to convert between request and interpreter; its log "
                           "has the traceback"),
    };
}

bool execution_run(const struct execution_request *request, struct body *body,
                   struct execution_result *result)
{
    *result = (struct execution_result){0};
    struct keeper *keeper = calloc(1, sizeof(*keeper));
    if (!keeper) {
        body_close(body);
        return false;
    }

    keeper->tuple = call_execute(request, body);
    body_close(body); /* should it not have come so far */
    bool taken = false;
    if (keeper->tuple) {
        PyObject *failure = PyTuple_GetItem(keeper->tuple, 0); /* borrowed */
        taken = failure == Py_None ? take_success(keeper, result) : take_failure(keeper, result);
    }
    if (!taken)
        report_internal(result);
    result->owner = keeper;
    return true;
}

static void free_result(struct execution_result *result)
{
    struct keeper *keeper = result->owner;
    if (!keeper)
        return;
    for (size_t i = 0; i < keeper->encoded_count; i++)
        Py_DECREF(keeper->encoded[i]);
    Py_XDECREF(keeper->tuple);
    free(keeper->pieces);
    free(keeper->raws);
    free(keeper);
    *result = (struct execution_result){0};
}

/* What the helper's finish says cannot be put back. */
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
    PyObject *done = call_function(&finish_function, "execution", "finish", PyTuple_New(0));
    const char *reason;
    if (done && PyArg_ParseTuple(done, "lllppps", &leftovers->cache_hits, &leftovers->cache_misses,
                                 &leftovers->threads, &leftovers->signals, &leftovers->imported,
                                 &leftovers->reaches, &reason))
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
