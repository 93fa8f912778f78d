/*
 * The request form application/json:
 *   {"script": "…", "inputs": [{"type": …, …}, …], "options": {…}}
 */
#include "execution_request.h"

#include <stdlib.h>

#include "json_text.h"
#include "references.h"

/* The members besides "type" that can carry an input: each names its type and form. */
static const struct carrier {
    const char *member;
    enum input_type type;
    enum table_format table_format;
    bool base64;
} carriers[] = {
    {"value", INPUT_VALUE, TABLE_DEFAULT, false},
    {"dataresource", INPUT_TABLE, TABLE_JSON, false},
    {"csv", INPUT_TABLE, TABLE_CSV, false},
    {"arrow", INPUT_TABLE, TABLE_ARROW, true},
    {"text", INPUT_FILE, TABLE_DEFAULT, false},
    {"base64", INPUT_FILE, TABLE_DEFAULT, true},
    {"pickle", INPUT_OBJECT, TABLE_DEFAULT, true},
    {"items", INPUT_COLLECTION, TABLE_DEFAULT, false},
};

static const struct form {
    const char *name;
    const char *members; /* for the error message */
} types[] = {
    [INPUT_VALUE] = {"value", "\"value\""},
    [INPUT_TABLE] = {"table", "one of \"dataresource\", \"csv\", \"arrow\" and \"sha256\""},
    [INPUT_FILE] = {"file", "one of \"text\", \"base64\" and \"sha256\""},
    [INPUT_OBJECT] = {"object", "one of \"pickle\" and \"sha256\""},
    [INPUT_COLLECTION] = {"collection", "\"items\""},
};

/* Names a content that the engine keeps; of three types, so it is none of these. */
static const struct carrier reference = {"sha256", INPUT_VALUE, TABLE_DEFAULT, false};

static bool can_refer(enum input_type type)
{
    return type == INPUT_TABLE || type == INPUT_FILE || type == INPUT_OBJECT;
}

/* The carrier of an input of that type; NULL if the member is none. */
static const struct carrier *find_carrier(const char *member, enum input_type type)
{
    if (can_refer(type) && strcmp(member, reference.member) == 0)
        return &reference;
    for (size_t i = 0; i < sizeof(carriers) / sizeof(*carriers); i++) {
        if (carriers[i].type == type && strcmp(carriers[i].member, member) == 0)
            return &carriers[i];
    }
    return NULL;
}

static bool read_type(json_t *object, size_t number, enum input_type *type,
                      struct decode_error *error)
{
    const char *name = json_string_value(json_object_get(object, "type"));
    for (size_t i = 0; name && i < sizeof(types) / sizeof(*types); i++) {
        if (strcmp(types[i].name, name) == 0) {
            *type = (enum input_type)i;
            return true;
        }
    }
    return refuse(
        error, PROBLEM_MALFORMED_REQUEST,
        "input %zu: type must be \"table\", \"value\", \"file\", \"object\" or \"collection\"",
        number);
}

/* Turns a JSON object within a table back into JSON text, which the other forms have. */
static bool dump_object(struct execution_request *request, json_t *object, struct slice *text,
                        struct decode_error *error)
{
    char *dumped = json_text_write(object, JSON_COMPACT | JSON_ENCODE_ANY);
    json_t *keeper = dumped ? json_string_nocheck(dumped) : NULL;
    free(dumped);
    if (!keeper || json_array_append_new(request->documents, keeper) != 0)
        return refuse_exhausted(error);
    *text = (struct slice){json_string_value(keeper), json_string_length(keeper)};
    return true;
}

static bool read_metadata(struct execution_request *request, json_t *metadata, size_t number,
                          struct input *input, struct decode_error *error)
{
    if (!metadata)
        return true;
    if (input->type != INPUT_TABLE || input->table_format != TABLE_CSV)
        return refuse(
            error, PROBLEM_MALFORMED_REQUEST,
            "input %zu: metadata goes with \"csv\" alone; the other forms carry their own", number);
    if (!json_is_object(metadata))
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "input %zu: metadata must be a JSON object",
                      number);
    return dump_object(request, metadata, &input->metadata, error);
}

static bool read_content(struct execution_request *request, json_t *content, json_t *metadata,
                         size_t number, const struct carrier *carrier, struct decode_error *error)
{
    struct input input = {
        .type = carrier->type, .table_format = carrier->table_format, .base64 = carrier->base64};
    if (!read_metadata(request, metadata, number, &input, error))
        return false;
    if (carrier->type == INPUT_VALUE) {
        input.value = content;
    } else if (carrier->type == INPUT_TABLE && carrier->table_format == TABLE_JSON) {
        if (!json_is_object(content))
            return refuse(error, PROBLEM_MALFORMED_REQUEST,
                          "input %zu: dataresource must be a JSON object", number);
        if (!dump_object(request, content, &input.content, error))
            return false;
    } else if (carrier->type == INPUT_COLLECTION) {
        if (!json_is_object(content) && !json_is_array(content))
            return refuse(error, PROBLEM_MALFORMED_REQUEST,
                          "input %zu: items must be a JSON array or object", number);
        if (!references_in_items(request, content, error) ||
            !dump_object(request, content, &input.content, error))
            return false;
    } else if (json_is_string(content)) {
        input.content = (struct slice){json_string_value(content), json_string_length(content)};
    } else {
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "input %zu: %s must be a string", number,
                      carrier->member);
    }
    return request_add_input(request, input, error);
}

static bool read_reference(struct execution_request *request, json_t *digest, json_t *metadata,
                           size_t number, enum input_type type, struct decode_error *error)
{
    struct input input = {.type = type, .table_format = TABLE_DEFAULT};
    struct slice text = {json_string_value(digest), json_string_length(digest)};
    return reference_make(request, text, &input, error) &&
           read_metadata(request, metadata, number, &input, error) &&
           request_add_input(request, input, error);
}

static bool read_input(struct execution_request *request, json_t *object, size_t number,
                       struct decode_error *error)
{
    if (!json_is_object(object))
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "input %zu must be a JSON object", number);

    enum input_type type = INPUT_VALUE;
    if (!read_type(object, number, &type, error))
        return false;

    const struct carrier *found = NULL;
    json_t *content = NULL, *metadata = NULL;
    const char *member;
    json_t *value;
    json_object_foreach(object, member, value)
    {
        /* File outputs have a "name", and a client may send an output back as it is. */
        if (strcmp(member, "type") == 0 || strcmp(member, "name") == 0)
            continue;
        if (strcmp(member, "metadata") == 0 && type == INPUT_TABLE) {
            metadata = value;
            continue;
        }
        const struct carrier *carrier = find_carrier(member, type);
        if (!carrier || found)
            return refuse(error, PROBLEM_MALFORMED_REQUEST,
                          "input %zu: unexpected member \"%.100s\"; a %s has %s", number, member,
                          types[type].name, types[type].members);
        found = carrier;
        content = value;
    }
    if (!found)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "input %zu: a %s needs %s", number,
                      types[type].name, types[type].members);
    return found == &reference ? read_reference(request, content, metadata, number, type, error)
                               : read_content(request, content, metadata, number, found, error);
}

static bool read_inputs(struct execution_request *request, json_t *inputs,
                        struct decode_error *error)
{
    if (!json_is_array(inputs))
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "inputs must be a JSON array");
    if (json_array_size(inputs) > MAX_INPUTS)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "%zu inputs; there may be at most %d",
                      json_array_size(inputs), MAX_INPUTS);
    size_t index;
    json_t *input;
    json_array_foreach(inputs, index, input)
    {
        if (!read_input(request, input, index + 1, error))
            return false;
    }
    return true;
}

static bool read_member(struct execution_request *request, const char *name, json_t *value,
                        struct decode_error *error)
{
    if (strcmp(name, "script") == 0) {
        if (!json_is_string(value))
            return refuse(error, PROBLEM_MALFORMED_REQUEST, "script must be a string");
        struct slice script = {json_string_value(value), json_string_length(value)};
        return request_set_script(request, script, error);
    }
    if (strcmp(name, "inputs") == 0)
        return read_inputs(request, value, error);
    if (strcmp(name, "options") == 0)
        return request_set_options(request, value, error);
    return refuse(error, PROBLEM_MALFORMED_REQUEST,
                  "unexpected member \"%.100s\"; there are script, inputs and options", name);
}

bool decode_json_request(struct execution_request *request, struct slice body,
                         struct decode_error *error)
{
    json_t *document = request_parse_json(request, body, "the body", error);
    if (!document)
        return false;
    if (!json_is_object(document))
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "the body must be a JSON object");

    const char *name;
    json_t *value;
    json_object_foreach(document, name, value)
    {
        if (!read_member(request, name, value, error))
            return false;
    }
    if (!request->script.data)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "script is missing");
    return true;
}
