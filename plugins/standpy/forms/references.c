#include "references.h"

#include <inttypes.h>

/*
 * Where the same bytes were kept in several forms, the one that says most comes first: whoever kept
 * a table still gets it if somebody else keeps the same bytes as a file.
 */
static const struct {
    enum content_form form;
    enum input_type type;
    enum table_format table_format;
} kinds[] = {
    {CONTENT_ARROW, INPUT_TABLE, TABLE_ARROW}, {CONTENT_DATARESOURCE, INPUT_TABLE, TABLE_JSON},
    {CONTENT_CSV, INPUT_TABLE, TABLE_CSV},     {CONTENT_PICKLE, INPUT_OBJECT, TABLE_DEFAULT},
    {CONTENT_FILE, INPUT_FILE, TABLE_DEFAULT},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static struct known_content *find(const struct execution_request *request, struct slice digest)
{
    for (size_t i = 0; i < request->content_count; i++) {
        if (memcmp(request->contents[i].digest, digest.data, CONTENT_DIGEST) == 0)
            return &request->contents[i];
    }
    return NULL;
}

static bool refer(const struct execution_request *request, struct slice digest, struct input *input,
                  struct decode_error *error)
{
    size_t number = request->input_count + 1;
    if (!is_content_name(digest))
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "input %zu: the sha256 of a content must be 64 lower-case hexadecimal digits",
                      number);
    struct known_content *content = find(request, digest);
    if (!content)
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "input %zu names the content %.64s, but the field StandPy-Contents does not",
                      number, digest.data);
    content->is_named = true;
    input->reference = content;
    return true;
}

bool reference_make(const struct execution_request *request, struct slice digest,
                    struct input *input, struct decode_error *error)
{
    if (!refer(request, digest, input, error))
        return false;
    if (input->type != INPUT_TABLE)
        return true;
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].type != INPUT_TABLE || !(input->reference->forms & 1U << kinds[i].form))
            continue;
        input->table_format = kinds[i].table_format;
        return true;
    }
    return refuse(error, PROBLEM_MALFORMED_REQUEST,
                  "input %zu: the content was not kept as a table", request->input_count + 1);
}

bool reference_make_any(const struct execution_request *request, struct slice digest,
                        struct input *input, struct decode_error *error)
{
    if (!refer(request, digest, input, error))
        return false;
    size_t i = 0;
    while (i + 1 < KINDS && !(input->reference->forms & 1U << kinds[i].form))
        i++;
    input->type = kinds[i].type;
    input->table_format = kinds[i].table_format;
    return true;
}

bool references_check(const struct execution_request *request, struct decode_error *error)
{
    for (size_t i = 0; i < request->content_count; i++) {
        if (!request->contents[i].is_named)
            return refuse(error, PROBLEM_MALFORMED_REQUEST,
                          "the field StandPy-Contents names %.64s, but no input does",
                          request->contents[i].digest);
    }
    return true;
}

static bool add_kept(struct execution_request *request, size_t place)
{
    for (size_t i = 0; i < request->keep_count; i++) {
        if (request->keep[i] == place)
            return true;
    }
    if (request->keep_count == CONTENTS_MOST)
        return false;
    request->keep[request->keep_count++] = place;
    return true;
}

static bool keep_one(struct execution_request *request, const json_t *place,
                     struct decode_error *error)
{
    json_int_t number = json_is_integer(place) ? json_integer_value(place) : -1;
    if (number < 0 || (size_t)number >= request->input_count)
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "options: keep must have places of inputs, of which there are %zu; the first "
                      "is 0",
                      request->input_count);
    enum input_type type = request->inputs[number].type;
    if (type == INPUT_VALUE || type == INPUT_COLLECTION)
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "options: keep names the place %" JSON_INTEGER_FORMAT
                      ", which is a %s; a table, a file or an object can be kept",
                      number, type == INPUT_VALUE ? "value" : "collection");
    return add_kept(request, (size_t)number) ||
           refuse(error, PROBLEM_MALFORMED_REQUEST, "options: keep has more than %d places",
                  CONTENTS_MOST);
}

bool keep_check(struct execution_request *request, struct decode_error *error)
{
    if (!request->keep_option)
        return true;
    if (!json_is_array(request->keep_option))
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "options: keep must be a JSON array of places of inputs, such as [0]");
    size_t index;
    json_t *place;
    json_array_foreach(request->keep_option, index, place)
    {
        if (!keep_one(request, place, error))
            return false;
    }
    return true;
}
