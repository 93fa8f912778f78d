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

enum table_format reference_table_format(content_forms forms)
{
    size_t i = 0;
    while (i < KINDS && (kinds[i].type != INPUT_TABLE || !(forms & 1U << kinds[i].form)))
        i++;
    return i < KINDS ? kinds[i].table_format : TABLE_DEFAULT;
}

/* The content that the next input names; NULL with error set. */
static struct known_content *refer(const struct execution_request *request, struct slice digest,
                                   struct decode_error *error)
{
    size_t number = request->input_count + 1;
    struct known_content *content = is_content_name(digest) ? find(request, digest) : NULL;
    if (content)
        content->is_named = true;
    else if (is_content_name(digest))
        refuse(error, PROBLEM_MALFORMED_REQUEST,
               "input %zu names the content %.64s, but the field StandPy-Contents does not", number,
               digest.data);
    else
        refuse(error, PROBLEM_MALFORMED_REQUEST,
               "input %zu: the sha256 of a content must be 64 lower-case hexadecimal digits",
               number);
    return content;
}

bool reference_make(const struct execution_request *request, struct slice digest,
                    struct input *input, struct decode_error *error)
{
    struct known_content *content = refer(request, digest, error);
    if (!content)
        return false;
    input->reference = content;
    if (input->type != INPUT_TABLE)
        return true;
    input->table_format = content->table_format;
    return input->table_format != TABLE_DEFAULT ||
           refuse(error, PROBLEM_MALFORMED_REQUEST,
                  "input %zu: the content was not kept as a table", request->input_count + 1);
}

bool reference_make_any(const struct execution_request *request, struct slice digest,
                        struct input *input, struct decode_error *error)
{
    struct known_content *content = refer(request, digest, error);
    if (!content)
        return false;
    size_t i = 0;
    input->reference = content;
    while (i + 1 < KINDS && !(content->forms & 1U << kinds[i].form))
        i++;
    input->type = kinds[i].type;
    input->table_format = kinds[i].table_format;
    return true;
}

/* Items of a collection */

static bool refer_in_item(const struct execution_request *request, const json_t *item,
                          struct decode_error *error)
{
    const json_t *digest = json_object_get(item, "sha256");
    const char *type = json_string_value(json_object_get(item, "type"));
    if (type && strcmp(type, "collection") == 0)
        return references_in_items(request, json_object_get(item, "items"), error);
    if (!type || !digest || strcmp(type, "value") == 0)
        return true;
    struct slice text = {json_string_value(digest), json_string_length(digest)};
    return refer(request, text, error) != NULL;
}

bool references_in_items(const struct execution_request *request, const json_t *items,
                         struct decode_error *error)
{
    /* The iteration functions take a pointer to non-const, but only read. */
    json_t *all = (json_t *)(uintptr_t)items;
    for (size_t i = 0; i < json_array_size(all); i++) {
        if (!refer_in_item(request, json_array_get(all, i), error))
            return false;
    }
    for (void *at = json_object_iter(all); at; at = json_object_iter_next(all, at)) {
        if (!refer_in_item(request, json_object_iter_value(at), error))
            return false;
    }
    return true;
}

bool references_in_text(struct execution_request *request, struct slice text,
                        struct decode_error *error)
{
    static const char member[] = "sha256";
    struct decode_error ignored; /* the helper modules say what is wrong */
    if (!memmem(text.data, text.length, member, sizeof(member) - 1))
        return true;
    json_t *items = request_parse_json(request, text, "the collection", &ignored);
    return !items || references_in_items(request, items, error);
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
