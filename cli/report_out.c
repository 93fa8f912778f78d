/* A result as one JSON object, as Python's client prints it. */
#include <stdlib.h>

#include "float_text.h"
#include "json_out.h"
#include "outgo.h"
#include "value_text.h"

static bool write_member(FILE *out, const char *name, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    bool written = text != NULL;
    fprintf(out, ", \"%s\": ", name);
    written = written && value_text_write(out, text, strlen(text));
    free(text);
    return written;
}

static bool write_table(FILE *out, FILE *in, const struct output *output)
{
    const json_t *metadata = json_object_get(output->described, "metadata");
    fputs("\"csv\": \"", out);
    json_out_text(out, in);
    putc('"', out);
    if (json_is_object(metadata))
        return write_member(out, "metadata", metadata);
    fputs(", \"metadata\": {}", out);
    return true;
}

static void write_bytes(FILE *out, FILE *in, const char *member, bool is_text)
{
    fprintf(out, "\"%s\": \"", member);
    if (is_text)
        json_out_text(out, in);
    else
        json_out_base64(out, in);
    putc('"', out);
}

static bool write_output(FILE *out, struct output *output)
{
    FILE *in = spool_read(&output->spool);
    if (!in)
        return false;
    fprintf(out, "{\"type\": \"%s\", ", output_kind_name(output->kind));
    bool written = true;
    switch (output->kind) {
    case OUTPUT_TABLE:
        written = write_table(out, in, output);
        break;
    case OUTPUT_FILE:
        write_bytes(out, in, output->is_text ? "text" : "base64", output->is_text);
        break;
    case OUTPUT_OBJECT:
        write_bytes(out, in, "pickle", false);
        break;
    case OUTPUT_VALUE:
    case OUTPUT_COLLECTION:
    case OUTPUT_KINDS:
        fputs(output->kind == OUTPUT_VALUE ? "\"value\": " : "\"items\": ", out);
        written = outgo_json(out, in);
        break;
    }
    putc('}', out);
    written = written && !ferror(in);
    spool_finish(&output->spool); /* there may be many outputs */
    return written;
}

static void write_timings(FILE *out, const struct result *result)
{
    static const char *const names[] = {"queue", "decode", "init", "run", "encode"};
    char number[FLOAT_TEXT];
    const json_t *timings = json_object_get(result->report, "timings");
    fputs(", \"timings\": {", out);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const json_t *time = json_object_get(timings, names[i]);
        if (time || strcmp(names[i], "init") != 0) /* only scripts with rm_init have that */
            fprintf(out, "\"%s\": %s, ", names[i], float_text(number, json_number_value(time)));
    }
    fprintf(out, "\"total\": %s}", float_text(number, result->total));
}

static void write_text(FILE *out, const struct result *result, const char *member)
{
    fprintf(out, ", \"%s\": ", member);
    json_out_string(out, result_text(result, member));
}

bool outgo_report(struct result *result, struct failure *failure)
{
    FILE *out = outgo_begin();
    if (!out)
        return failure_of_memory(failure);
    bool written = true;
    fputs("{\"outputs\": [", out);
    for (size_t i = 0; written && i < result->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        written = write_output(out, &result->outputs[i]);
    }
    putc(']', out);
    write_text(out, result, "stdout");
    write_text(out, result, "stderr");
    write_text(out, result, "request_id");
    write_timings(out, result);
    fputs("}\n", out);
    return outgo_end(out, failure) && (written || failure_of_memory(failure));
}
