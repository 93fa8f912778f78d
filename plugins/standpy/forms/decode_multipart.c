/*
 * The request form multipart/form-data: one part "script", any number of parts "input" and "file"
 * in the order of rm_main's arguments, perhaps a part "metadata" after each CSV input, and at most
 * one part "options".
 */
#include "execution_request.h"

#include <stdio.h>

#include "header_field.h"
#include "media_type.h"
#include "multipart.h"
#include "references.h"

/* The input that a part of a media type becomes; any other media type is a file. */
static const struct conversion {
    const char *media_type;
    enum input_type type;
    enum table_format table_format;
} conversions[] = {
    {"text/csv", INPUT_TABLE, TABLE_CSV},
    {"application/vnd.dataresource+json", INPUT_TABLE, TABLE_JSON},
    {"application/vnd.apache.arrow.stream", INPUT_TABLE, TABLE_ARROW},
    {"application/x-python-pickle", INPUT_OBJECT, TABLE_DEFAULT},
    {"application/vnd.standpy.collection+json", INPUT_COLLECTION, TABLE_DEFAULT},
    {"application/json", INPUT_VALUE, TABLE_DEFAULT},
};

/* In practice only text/csv names a charset. Any but UTF-8 would be read as garbage. */
static bool charset_is_utf8(struct slice content_type)
{
    char charset[PARAMETER_CAPACITY];
    size_t length;
    if (!content_type.data || !media_type_parameter(content_type, "charset", charset, &length))
        return true;
    return strcasecmp(charset, "utf-8") == 0 || strcasecmp(charset, "utf8") == 0 ||
           strcasecmp(charset, "us-ascii") == 0;
}

static bool is_reference(struct slice content_type)
{
    return content_type.data &&
           slice_equals_nocase(media_type_essence(content_type), REFERENCE_MEDIA_TYPE);
}

/* A part "input" becomes what its media type says, or that of the content that it names. */
static bool add_input_part(struct execution_request *request, struct slice content_type,
                           struct slice content, struct decode_error *error)
{
    struct input input = {.type = INPUT_FILE, .table_format = TABLE_DEFAULT, .content = content};
    if (is_reference(content_type))
        return reference_make_any(request, content, &input, error) &&
               request_add_input(request, input, error);
    struct slice essence = content_type.data ? media_type_essence(content_type) : slice_of("");
    for (size_t i = 0; i < sizeof(conversions) / sizeof(*conversions); i++) {
        if (!slice_equals_nocase(essence, conversions[i].media_type))
            continue;
        if (!charset_is_utf8(content_type))
            return refuse(error, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                          "input %zu: its charset must be UTF-8", request->input_count + 1);
        input.type = conversions[i].type;
        input.table_format = conversions[i].table_format;
    }
    if (input.type == INPUT_COLLECTION && !references_in_text(request, content, error))
        return false;
    if (input.type == INPUT_VALUE) {
        char where[32];
        snprintf(where, sizeof(where), "input %zu", request->input_count + 1);
        input.value = request_parse_json(request, content, where, error);
        if (!input.value)
            return false;
    }
    return request_add_input(request, input, error);
}

/* A part "file" is a file, whatever its media type. */
static bool add_file_part(struct execution_request *request, struct slice content_type,
                          struct slice content, struct decode_error *error)
{
    struct input input = {.type = INPUT_FILE, .table_format = TABLE_DEFAULT, .content = content};
    return (!is_reference(content_type) || reference_make(request, content, &input, error)) &&
           request_add_input(request, input, error);
}

/* AI Studio's metadata, which belongs to the CSV table before it. */
static bool set_metadata(struct execution_request *request, size_t number, struct slice content,
                         struct decode_error *error)
{
    struct input *input = request->input_count ? &request->inputs[request->input_count - 1] : NULL;
    if (!input || input->type != INPUT_TABLE || input->table_format != TABLE_CSV)
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "part %zu: metadata goes behind an input of type text/csv", number);
    if (input->metadata.data)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "part %zu: input %zu has metadata already",
                      number, request->input_count);
    input->metadata = content;
    return true;
}

static bool read_part(struct execution_request *request, size_t number, struct slice head,
                      struct slice content, bool *has_options, struct decode_error *error)
{
    struct slice disposition = header_field(head, "Content-Disposition");
    char name[PARAMETER_CAPACITY];
    size_t length;
    if (!disposition.data || !media_type_parameter(disposition, "name", name, &length))
        return refuse(error, PROBLEM_MALFORMED_REQUEST,
                      "part %zu has no Content-Disposition with a name", number);

    struct slice encoding = header_field(head, "Content-Transfer-Encoding");
    if (encoding.data && !slice_equals_nocase(encoding, "binary") &&
        !slice_equals_nocase(encoding, "8bit") && !slice_equals_nocase(encoding, "7bit"))
        return refuse(error, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
                      "part %zu: Content-Transfer-Encoding must be binary (RFC 7578 §4.7)", number);

    if (strcmp(name, "script") == 0) {
        if (request->script.data)
            return refuse(error, PROBLEM_MALFORMED_REQUEST,
                          "part %zu: there is already a part \"script\"", number);
        return request_set_script(request, content, error);
    }
    if (strcmp(name, "input") == 0)
        return add_input_part(request, header_field(head, "Content-Type"), content, error);
    if (strcmp(name, "metadata") == 0)
        return set_metadata(request, number, content, error);
    if (strcmp(name, "file") == 0)
        return add_file_part(request, header_field(head, "Content-Type"), content, error);
    if (strcmp(name, "options") == 0) {
        if (*has_options)
            return refuse(error, PROBLEM_MALFORMED_REQUEST,
                          "part %zu: there is already a part \"options\"", number);
        *has_options = true;
        json_t *options = request_parse_json(request, content, "options", error);
        return options && request_set_options(request, options, error);
    }
    return refuse(error, PROBLEM_MALFORMED_REQUEST,
                  "part %zu: unexpected name \"%.100s\"; there are script, input, metadata, file "
                  "and options",
                  number, name);
}

bool decode_multipart_request(struct execution_request *request, struct slice body,
                              const struct multipart *multipart, struct decode_error *error)
{
    bool has_options = false;
    for (size_t i = 0; i < multipart->part_count; i++) {
        const struct multipart_part *part = &multipart->parts[i];
        struct slice head = {body.data + part->head_at, part->head_length};
        struct slice content = {body.data + part->body_at, part->body_length};
        if (!read_part(request, i + 1, head, content, &has_options, error))
            return false;
    }
    if (!request->script.data)
        return refuse(error, PROBLEM_MALFORMED_REQUEST, "there is no part \"script\"");
    return true;
}
