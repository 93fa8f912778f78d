#include "serving.h"

#include <stdio.h>
#include <string.h>

#include "helpers.h"

static const struct page_sender *sender; /* of the present request; else NULL */
static PyObject *serve_function;

/* For the helper modules: PAGE_ENDS, and nothing of the application runs behind it. */
#define NOTHING_FOLLOWS PAGE_END_KINDS

/* Takes the pending exception as one line of text. */
static void describe(char *error, size_t capacity)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *text = value ? PyObject_Str(value) : NULL;
    PyObject *bytes = text ? PyUnicode_AsUTF8String(text) : NULL;
    snprintf(error, capacity, "the application: %s", bytes ? PyBytes_AsString(bytes) : "unknown");
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    PyErr_Clear();
}

bool serving_load(const struct application_config *config, char *error, size_t capacity)
{
    PyObject *problem = helpers_call(
        "pages", "load",
        Py_BuildValue("(sssi)", config->name, config->folder, config->mount, config->workers));
    bool loaded = problem == Py_None;
    PyObject *bytes = problem && !loaded ? PyUnicode_AsUTF8String(problem) : NULL;
    if (bytes)
        snprintf(error, capacity, "%s", PyBytes_AsString(bytes));
    else if (!loaded)
        describe(error, capacity);
    Py_XDECREF(bytes);
    Py_XDECREF(problem);
    return loaded;
}

bool serving_enter_runner(const struct interpreter_runner *runner, char *error, size_t capacity)
{
    PyObject *done = helpers_call(
        "pages", "enter_runner",
        Py_BuildValue("(NNiii)", PyUnicode_DecodeFSDefault(runner->scratch),
                      PyUnicode_DecodeFSDefault(runner->kept), runner->stack_descriptor,
                      runner->stack_signal, (int)runner->confined));
    if (!done)
        describe(error, capacity);
    Py_XDECREF(done);
    return done != NULL;
}

/* Sending */

static struct slice bytes_of(PyObject *bytes)
{
    return (struct slice){PyBytes_AsString(bytes), (size_t)PyBytes_Size(bytes)};
}

/* Sends a part, in as many messages as it takes; threads of the application go on meanwhile. */
static PyObject *send_part(struct page_part *part, struct slice content, int end)
{
    bool is_last = end == NOTHING_FOLLOWS;
    if (is_last)
        end = PAGE_ENDS;
    if (!sender) {
        PyErr_SetString(PyExc_RuntimeError, "the request is over");
        return NULL;
    }
    PyThreadState *thread = PyEval_SaveThread();
    do {
        size_t length = content.length < MESSAGE_INLINE ? content.length : MESSAGE_INLINE;
        part->content = (struct slice){content.data, length};
        content.data += length;
        content.length -= length;
        part->end = content.length == 0 ? (enum page_end)end : PAGE_GOES_ON;
        part->is_last = is_last && content.length == 0;
        sender->part(sender->context, part);
        part->is_head = false;
        part->fields = (struct slice){"", 0};
    } while (content.length > 0);
    PyEval_RestoreThread(thread);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *serve_head(PyObject *module, PyObject *arguments)
{
    (void)module;
    struct page_part part = {.is_head = true};
    PyObject *fields, *content;
    int end;
    if (!PyArg_ParseTuple(arguments, "iSSi", &part.status, &fields, &content, &end))
        return NULL;
    part.fields = bytes_of(fields);
    return send_part(&part, bytes_of(content), end);
}

static PyObject *serve_piece(PyObject *module, PyObject *arguments)
{
    (void)module;
    struct page_part part = {.fields = {"", 0}};
    PyObject *content;
    int end;
    if (!PyArg_ParseTuple(arguments, "Si", &content, &end))
        return NULL;
    return send_part(&part, bytes_of(content), end);
}

static PyObject *serve_log(PyObject *module, PyObject *text)
{
    (void)module;
    if (sender && PyBytes_Check(text))
        sender->log(sender->context, bytes_of(text));
    Py_INCREF(Py_None);
    return Py_None;
}

PyMethodDef serving_functions[] = {
    {"send_head", serve_head, METH_VARARGS, NULL},
    {"send_piece", serve_piece, METH_VARARGS, NULL},
    {"send_log", serve_log, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

/* Requests */

/* The next text of the variables, each byte one character (PEP 3333). */
static PyObject *take_text(struct slice *variables)
{
    variable_length length;
    if (variables->length < sizeof(length))
        return PyErr_NoMemory(); /* never happens: the front has packed them */
    memcpy(&length, variables->data, sizeof(length));
    variables->data += sizeof(length);
    variables->length -= sizeof(length);
    if (length > variables->length)
        return PyErr_NoMemory(); /* likewise */
    PyObject *text = PyUnicode_DecodeLatin1(variables->data, (Py_ssize_t)length, NULL);
    variables->data += length;
    variables->length -= length;
    return text;
}

static bool begins_with(struct slice text, const char *prefix)
{
    size_t length = strlen(prefix);
    return text.length >= length && memcmp(text.data, prefix, length) == 0;
}

/* Says whether it is about the client's own request, as a proxy tells it. An application that sees
 * it may believe it. */
static bool is_forwarded(struct slice name)
{
    return begins_with(name, "HTTP_X_FORWARDED_") || begins_with(name, "HTTP_FORWARDED");
}

/* A dict of the variables: the beginning of an environ. uWSGI has joined fields that came twice. */
static PyObject *make_environ(struct slice variables, bool is_trusted)
{
    PyObject *dict = PyDict_New();
    int status = dict ? 0 : -1;
    while (status == 0 && variables.length > 0) {
        const char *at = variables.data + sizeof(variable_length);
        PyObject *name = take_text(&variables);
        struct slice text = {at, name ? (size_t)(variables.data - at) : 0};
        PyObject *value = name ? take_text(&variables) : NULL;
        if (!value)
            status = -1;
        else if (is_trusted || !is_forwarded(text))
            status = PyDict_SetItem(dict, name, value);
        Py_XDECREF(name);
        Py_XDECREF(value);
    }
    if (status != 0)
        Py_CLEAR(dict);
    return dict;
}

static PyObject *make_arguments(const struct page_request *request)
{
    const struct body *body = request->body;
    bool is_inline = body->file < 0;
    return Py_BuildValue(
        "(NNinNs)", make_environ(request->variables, request->is_trusted),
        PyBytes_FromStringAndSize(body->data, is_inline ? (Py_ssize_t)body->length : 0), body->file,
        (Py_ssize_t)body->length, PyBool_FromLong(request->is_trusted), request->request_id);
}

void serving_serve(const struct page_request *request, const struct page_sender *to)
{
    sender = to;
    PyObject *done = helpers_call_kept(&serve_function, "pages", "serve", make_arguments(request));
    sender = NULL;
    if (!done)
        helpers_print_failure();
    Py_XDECREF(done);
}
