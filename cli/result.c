#include "result.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[OUTPUT_KINDS] = {
    [OUTPUT_VALUE] = "value",   [OUTPUT_TABLE] = "table",           [OUTPUT_FILE] = "file",
    [OUTPUT_OBJECT] = "object", [OUTPUT_COLLECTION] = "collection",
};

struct output_file *destinations_file(const struct destinations *destinations, size_t place)
{
    if (place >= destinations->count || !destinations->files[place].path)
        return NULL;
    return &destinations->files[place];
}

struct slice result_text(const struct result *result, const char *member)
{
    const json_t *text = json_object_get(result->report, member);
    if (!json_is_string(text))
        return (struct slice){"", 0};
    return (struct slice){json_string_value(text), json_string_length(text)};
}

void result_finish(struct result *result)
{
    for (size_t i = 0; i < result->count; i++)
        spool_finish(&result->outputs[i].spool);
    free(result->outputs);
    json_decref(result->report);
    memset(result, 0, sizeof(*result));
}

enum output_kind output_kind_of(const char *name)
{
    enum output_kind kind = 0;
    while (kind < OUTPUT_KINDS && strcmp(names[kind], name) != 0)
        kind++;
    return kind;
}

const char *output_kind_name(enum output_kind kind)
{
    return names[kind];
}
