#include "arguments.h"

#include "helpers.h"
#include "values.h"

/* Up to so many bytes a copy is faster than a view. */
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

/* The helpers' functions; the first large body and the first reference look them up. */
static PyObject *map_function, *open_function;

/* The body for Python: a view of the mapped file, made once an input needs it. */
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
 * The content of an input as a bytes-like object. Content in a large body is used in place, through
 * a view that keeps its memory. Small content, and content in a JSON document, is copied.
 */
static PyObject *content_object(struct view *view, struct slice content)
{
    const struct body *body = view->body;
    if (!is_worth_a_view(view, content))
        return PyBytes_FromStringAndSize(content.data, (Py_ssize_t)content.length);
    if (!view->object)
        view->object =
            helpers_call_kept(&map_function, "inputs", "map_body",
                              Py_BuildValue("(in)", body->file, (Py_ssize_t)body->length));
    if (!view->object) {
        PyErr_Clear(); /* there is no room for another mapping, but perhaps for a copy */
        return PyBytes_FromStringAndSize(content.data, (Py_ssize_t)content.length);
    }
    Py_ssize_t from = content.data - body->data;
    return PySequence_GetSlice(view->object, from, from + (Py_ssize_t)content.length);
}

static PyObject *open_kept(const struct known_content *content)
{
    return helpers_call_kept(&open_function, "files", "open_kept",
                             Py_BuildValue("(i)", content->file));
}

/* Digest to (form, content), for the items of a collection. */
static PyObject *contents_object(const struct execution_request *request)
{
    PyObject *all = PyDict_New();
    for (size_t i = 0; all && i < request->content_count; i++) {
        const struct known_content *content = &request->contents[i];
        PyObject *name = PyUnicode_FromStringAndSize(content->digest, CONTENT_DIGEST);
        PyObject *item =
            Py_BuildValue("(sN)", table_formats[content->table_format], open_kept(content));
        if (!name || !item || PyDict_SetItem(all, name, item) != 0)
            Py_CLEAR(all);
        Py_XDECREF(name);
        Py_XDECREF(item);
    }
    return all;
}

/* Of the content, in hexadecimal digits, if it is known. */
static PyObject *digest_object(const struct input *input)
{
    if (input->reference)
        return PyBytes_FromStringAndSize(input->reference->digest, CONTENT_DIGEST);
    Py_INCREF(Py_None);
    return Py_None;
}

/* What stands beside an input's content. */
static PyObject *beside_object(const struct execution_request *request, const struct input *input)
{
    struct slice metadata = input->metadata;
    if (input->type == INPUT_COLLECTION && request->content_count > 0)
        return contents_object(request);
    if (metadata.data)
        return PyBytes_FromStringAndSize(metadata.data, (Py_ssize_t)metadata.length);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *any_content(const struct input *input, struct view *view)
{
    if (input->reference)
        return open_kept(input->reference);
    return input->type == INPUT_VALUE ? value_from_json(input->value)
                                      : content_object(view, input->content);
}

static PyObject *input_object(const struct execution_request *request, const struct input *input,
                              struct view *view)
{
    PyObject *content = any_content(input, view);
    if (!content)
        return NULL;
    return Py_BuildValue("(ssNNNN)", input_types[input->type], table_formats[input->table_format],
                         PyBool_FromLong(input->base64), content, beside_object(request, input),
                         digest_object(input));
}

static PyObject *input_list(const struct execution_request *request, const struct body *body)
{
    PyObject *list = PyList_New((Py_ssize_t)request->input_count);
    struct view view = {.body = body};
    for (size_t i = 0; list && i < request->input_count; i++) {
        PyObject *item = input_object(request, &request->inputs[i], &view);
        if (!item || PyList_SetItem(list, (Py_ssize_t)i, item) != 0)
            Py_CLEAR(list);
    }
    Py_XDECREF(view.object);
    return list;
}

PyObject *arguments_make(const struct execution_request *request, const struct body *body)
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
    return Py_BuildValue("(NNNss)", script, inputs, macros, table_formats[request->table_format],
                         answer_forms[request->answer_form]);
}
