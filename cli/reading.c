#include "reading.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "outgo.h"

/* The answer is not what its head says. */
__attribute__((format(printf, 2, 3))) static bool malformed(struct reading *reading,
                                                            const char *format, ...)
{
    struct sentence why;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why.text, sizeof(why.text), format, arguments);
    va_end(arguments);
    return failure_set(reading->failure, FAILURE_UNREACHABLE,
                       "The answer of %s cannot be read: %.1500s. " READING_OLD, reading->endpoint,
                       why.text);
}

/* The first part; the others are outputs. */
static bool is_in_report(const struct reading *reading)
{
    return reading->begun < 2;
}

static struct output *current(const struct reading *reading)
{
    return &reading->result->outputs[reading->begun - 2];
}

static struct output_file *file_of(const struct reading *reading)
{
    return destinations_file(reading->destinations, reading->begun - 2);
}

/* Bytes of an output that need not be looked at to be written. */
static bool is_raw(enum output_kind kind)
{
    return kind == OUTPUT_TABLE || kind == OUTPUT_FILE || kind == OUTPUT_OBJECT;
}

static bool begin_report(struct reading *reading, const char *media_type, uint64_t length)
{
    if (strcmp(media_type, "application/json") != 0 || length > READING_MOST_JSON)
        return malformed(reading, "it does not begin with a report");
    reading->report = open_memstream(&reading->report_text, &reading->report_size);
    return reading->report || failure_of_memory(reading->failure);
}

/* Decides whether the bytes go to the output's file at once. */
static bool choose_way(struct reading *reading, struct output *output)
{
    struct output_file *file = file_of(reading);
    output->is_written = file && output_file_is_hidden(file);
    FILE *out = output->is_written ? output_file_stream(file, reading->failure) : NULL;
    if (output->is_written && !out)
        return false;
    memset(&reading->utf8, 0, sizeof(reading->utf8));
    if (is_raw(output->kind))
        return true;
    if (out && output->kind == OUTPUT_COLLECTION)
        fputs(OUTGO_COLLECTION, out);
    reading->value = value_text_create(out);
    return reading->value || failure_of_memory(reading->failure);
}

static bool begin(void *context, const char *media_type, uint64_t length)
{
    struct reading *reading = context;
    (void)length;
    if (reading->begun++ == 0)
        return begin_report(reading, media_type, length);
    if (reading->begun - 2 >= reading->result->count)
        return malformed(reading, "it has more parts than its report says");
    struct output *output = current(reading);
    const char *type = json_string_value(json_object_get(output->described, "type"));
    output->kind = output_kind_of(type ? type : "");
    if (output->kind == OUTPUT_KINDS)
        return malformed(reading,
                         "it has an output of type '%.100s', which this client does not know",
                         type ? type : "");
    if (output->kind == OUTPUT_TABLE && strcmp(media_type, "text/csv") != 0)
        return malformed(reading,
                         "it has a table of type '%.100s', which this client does not know",
                         media_type);
    return choose_way(reading, output);
}

static bool unreadable(struct reading *reading, const char *why)
{
    return malformed(reading, "an output of type %s cannot be read: %s",
                     output_kind_name(current(reading)->kind), why);
}

/* JSON is checked as it comes, and put into its form on the way to a file. */
static bool take_json(struct reading *reading, struct slice piece)
{
    struct output_file *file = current(reading)->is_written ? file_of(reading) : NULL;
    if (value_text_take(reading->value, piece.data, piece.length))
        return true;
    return file && ferror(file->file) ? failure_of_file(reading->failure, file->name)
                                      : unreadable(reading, "it is no JSON");
}

static bool take_content(void *context, struct slice piece)
{
    struct reading *reading = context;
    if (is_in_report(reading))
        return fwrite(piece.data, 1, piece.length, reading->report) == piece.length ||
               failure_of_memory(reading->failure);
    struct output *output = current(reading);
    output->size += piece.length;
    if (output->kind == OUTPUT_TABLE || !output->is_written)
        utf8_stream_take(&reading->utf8, piece);
    if (!is_raw(output->kind) && !take_json(reading, piece))
        return false;
    if (!output->is_written)
        return spool_write(&output->spool, piece) ||
               failure_of_file(reading->failure, "a temporary file");
    struct output_file *file = file_of(reading);
    return !is_raw(output->kind) ||
           fwrite(piece.data, 1, piece.length, file->file) == piece.length ||
           failure_of_file(reading->failure, file->name);
}

static bool parse_report(struct reading *reading)
{
    struct result *result = reading->result;
    bool is_whole = fclose(reading->report) == 0;
    reading->report = NULL;
    if (!is_whole)
        return failure_of_memory(reading->failure);
    result->report = json_loadb(reading->report_text, reading->report_size, JSON_ALLOW_NUL, NULL);
    if (!result->report)
        return malformed(reading, "its report is no JSON");
    const json_t *outputs = json_object_get(result->report, "outputs");
    size_t count = json_array_size(outputs);
    if (!json_is_array(outputs))
        return malformed(reading, "its report names no outputs");
    result->outputs = calloc(count + 1, sizeof(*result->outputs));
    if (!result->outputs)
        return failure_of_memory(reading->failure);
    result->count = count;
    for (size_t i = 0; i < count; i++) {
        result->outputs[i].described = json_array_get(outputs, i);
        if (!json_is_object(result->outputs[i].described))
            return malformed(reading, "its report names no outputs");
    }
    return true;
}

static bool end_json(struct reading *reading, const struct output *output)
{
    bool is_whole = value_text_end(reading->value);
    value_text_destroy(reading->value);
    reading->value = NULL;
    if (!is_whole)
        return unreadable(reading, "it is no JSON");
    if (output->is_written)
        fputs(output->kind == OUTPUT_COLLECTION ? "}\n" : "\n", file_of(reading)->file);
    return true;
}

static bool end(void *context)
{
    struct reading *reading = context;
    if (is_in_report(reading))
        return parse_report(reading);
    struct output *output = current(reading);
    output->is_text = utf8_stream_is_valid(&reading->utf8);
    if (output->kind == OUTPUT_TABLE && !output->is_text)
        return unreadable(reading, "it is not UTF-8");
    return is_raw(output->kind) || end_json(reading, output);
}

static const struct multipart_stream_events events = {begin, take_content, end};

/* The stream's own failures; those of events have said why. */
static bool fail(struct reading *reading)
{
    return reading->stream.flaw ? malformed(reading, "%s", reading->stream.flaw) : false;
}

bool reading_begin(struct reading *reading, const char *content_type)
{
    return multipart_stream_init(&reading->stream, content_type, &events, reading) || fail(reading);
}

bool reading_take(struct reading *reading, struct slice piece)
{
    return multipart_stream_take(&reading->stream, piece) || fail(reading);
}

bool reading_end(struct reading *reading)
{
    size_t outputs = reading->begun > 0 ? reading->begun - 1 : 0;
    if (reading->stream.state != MULTIPART_STREAM_DONE)
        return failure_set(reading->failure, FAILURE_UNREACHABLE,
                           "The answer of %s was cut: it ends before its last part. The script "
                           "may have run, so the request was not repeated.",
                           reading->endpoint);
    if (reading->begun == 0)
        return malformed(reading, "it does not begin with a report");
    return outputs == reading->result->count ||
           malformed(reading, "it has %zu of %zu outputs", outputs, reading->result->count);
}

void reading_finish(struct reading *reading)
{
    if (reading->report)
        fclose(reading->report);
    free(reading->report_text);
    value_text_destroy(reading->value);
    reading->report = NULL;
    reading->report_text = NULL;
    reading->value = NULL;
}
