#include "outgo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "grouped.h"
#include "interrupt.h"
#include "table.h"
#include "value_text.h"
#include "visible.h"

#define TABLE_ROWS 60 /* that a terminal shows; -o has all */

bool destinations_prepare(struct destinations *destinations, const char *const *names, size_t count,
                          struct failure *failure)
{
    destinations->files = calloc(count + 1, sizeof(*destinations->files));
    if (!destinations->files)
        return failure_of_memory(failure);
    destinations->count = count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], "-") != 0 &&
            !output_file_prepare(&destinations->files[i], names[i], failure))
            return false;
    }
    return true;
}

void destinations_finish(struct destinations *destinations)
{
    for (size_t i = 0; i < destinations->count; i++)
        output_file_finish(&destinations->files[i]);
    free(destinations->files);
    *destinations = (struct destinations){NULL, 0};
}

/* By errno. name: NULL is the standard output. */
static bool fail(struct failure *failure, const char *name)
{
    if (interrupt_came())
        return failure_of_interrupt(failure);
    if (!name && errno == EPIPE)
        return failure_set(failure, FAILURE_CLOSED, "what reads the standard output left");
    return failure_of_file(failure, name ? name : "the standard output");
}

bool outgo_flush(struct failure *failure)
{
    return (!ferror(stdout) && fflush(stdout) == 0) || fail(failure, NULL);
}

FILE *outgo_begin(void)
{
    return isatty(fileno(stdout)) ? visible_open(stdout) : stdout;
}

bool outgo_end(FILE *out, struct failure *failure)
{
    bool written = out == stdout || fclose(out) == 0;
    return outgo_flush(failure) && (written || fail(failure, NULL));
}

static struct table_room room_of(FILE *out)
{
    struct winsize size;
    bool known = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (struct table_room){.width = known ? size.ws_col : 0, .rows = TABLE_ROWS};
}

bool outgo_json(FILE *out, FILE *in)
{
    char piece[65536];
    size_t count;
    struct value_text *value = value_text_create(out);
    bool written = value != NULL;
    while (written && (count = fread(piece, 1, sizeof(piece), in)) > 0)
        written = value_text_take(value, piece, count);
    written = written && value_text_end(value);
    value_text_destroy(value);
    return written;
}

/* A line of JSON. */
static bool write_json(struct output *output, FILE *out)
{
    bool is_collection = output->kind == OUTPUT_COLLECTION;
    FILE *in = spool_read(&output->spool);
    if (!in)
        return false;
    fputs(is_collection ? OUTGO_COLLECTION : "", out);
    bool written = outgo_json(out, in);
    fputs(is_collection ? "}\n" : "\n", out);
    return written && !ferror(out);
}

static bool is_json(const struct output *output)
{
    return output->kind == OUTPUT_VALUE || output->kind == OUTPUT_COLLECTION;
}

static bool show(struct output *output, FILE *out, struct failure *failure)
{
    char bytes[GROUPED];
    bool shown;
    if (output->kind == OUTPUT_OBJECT) {
        fprintf(stderr, "<pickle of %s bytes, not loaded>: -o FILE writes it\n",
                grouped(bytes, (int64_t)output->size));
        return true;
    }
    if (is_json(output)) {
        shown = write_json(output, out);
    } else if (output->kind == OUTPUT_TABLE && isatty(fileno(stdout))) {
        FILE *csv = spool_read(&output->spool);
        shown = csv && table_write(csv, out, room_of(stdout));
    } else {
        shown = spool_copy(&output->spool, out);
    }
    return shown || fail(failure, NULL);
}

static bool write_file(struct output *output, struct output_file *file, struct failure *failure)
{
    if (!output->is_written) { /* a device or a pipe, which waited */
        FILE *out = output_file_stream(file, failure);
        if (!out)
            return false;
        if (!(is_json(output) ? write_json(output, out) : spool_copy(&output->spool, out)))
            return fail(failure, file->name);
    }
    return output_file_commit(file, failure);
}

bool outgo_write(struct result *result, const struct destinations *destinations,
                 struct failure *failure)
{
    if (destinations->count > result->count)
        return failure_set(failure, FAILURE_USAGE,
                           "the script has %zu outputs; -o stands %zu times", result->count,
                           destinations->count);
    FILE *out = outgo_begin();
    bool written = out || failure_of_memory(failure);
    for (size_t i = 0; written && i < result->count; i++) {
        struct output_file *file = destinations_file(destinations, i);
        written = file ? write_file(&result->outputs[i], file, failure)
                       : show(&result->outputs[i], out, failure);
        spool_finish(&result->outputs[i].spool); /* there may be many outputs */
    }
    if (out && written)
        return outgo_end(out, failure);
    if (out && out != stdout)
        fclose(out);
    return false;
}
