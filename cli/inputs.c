#include "inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "json_out.h"
#include "utf8.h"
#include "value_text.h"

#define MOST_CONTENT (256 << 20) /* bytes of a pipe that is read whole */

/* Reads to the end, or to more than `most`. A signal ends it. */
static bool read_all(int descriptor, struct content *content, size_t most, const char *name,
                     struct failure *failure)
{
    size_t capacity = 0;
    ssize_t count = 1;
    while (count > 0 && content->length <= most) {
        if (capacity - content->length < 65536) {
            capacity = capacity * 2 + 65536;
            char *bytes = realloc(content->bytes, capacity);
            if (!bytes)
                return failure_of_memory(failure);
            content->bytes = bytes;
        }
        interrupt_wait(descriptor, -1);
        if (interrupt_came())
            return failure_of_interrupt(failure);
        count = read(descriptor, content->bytes + content->length, capacity - content->length);
        content->length += count > 0 ? (size_t)count : 0;
    }
    return count >= 0 || failure_of_file(failure, name);
}

static bool read_file(struct content *content, const char *name, size_t most,
                      struct failure *failure)
{
    int descriptor = open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return failure_of_file(failure, name);
    bool read = read_all(descriptor, content, most, name, failure);
    close(descriptor);
    return read;
}

/* The first byte that is not UTF-8, from 1; 0 if all is. */
static size_t wrong_byte(struct slice text)
{
    for (size_t i = 0, length; i < text.length; i += length) {
        length = utf8_sequence(text.data + i, text.length - i);
        if (length == 0)
            return i + 1;
    }
    return 0;
}

bool inputs_read_script(struct content *script, const char *name, struct failure *failure)
{
    bool is_input = strcmp(name, "-") == 0;
    const char *shown = is_input ? "the standard input" : name;
    if (!(is_input ? read_all(STDIN_FILENO, script, SCRIPT_MOST, shown, failure)
                   : read_file(script, name, SCRIPT_MOST, failure)))
        return false;
    if (script->length > SCRIPT_MOST)
        return failure_set(failure, FAILURE_USAGE,
                           "%s has more than 4 MiB, the most that a script may have", shown);
    size_t wrong = wrong_byte((struct slice){script->bytes, script->length});
    if (wrong > 0)
        return failure_set(failure, FAILURE_USAGE,
                           "%s is not UTF-8 (byte %zu), so it cannot be a script", shown, wrong);
    if (script->length >= 3 && memcmp(script->bytes, "\xef\xbb\xbf", 3) == 0) {
        script->length -= 3;
        memmove(script->bytes, script->bytes + 3, script->length);
    }
    return true;
}

static bool read_pipe(struct part *part, struct content *content, int descriptor, const char *path,
                      struct failure *failure)
{
    if (!read_all(descriptor, content, MOST_CONTENT, path, failure))
        return false;
    part->content = (struct slice){content->bytes, content->length};
    return content->length <= MOST_CONTENT ||
           failure_set(failure, FAILURE_USAGE,
                       "%s has more than 256 MiB, the most of what is no regular file", path);
}

/* A file that is sent as it is read. If anything may be named, others than files are read whole. */
static bool describe_file(struct part *part, struct content *content, const char *path,
                          bool may_be_pipe, struct failure *failure)
{
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return failure_of_file(failure, path);
    bool known = fstat(descriptor, &status) == 0;
    bool is_file = known && S_ISREG(status.st_mode);
    bool described = is_file;
    if (is_file) {
        part->path = status.st_size > 0 ? path : NULL;
        part->size = (uint64_t)status.st_size;
        part->content = (struct slice){"", 0};
    } else if (!known || S_ISDIR(status.st_mode)) {
        errno = known ? EISDIR : errno;
        failure_of_file(failure, path);
    } else if (may_be_pipe) {
        described = read_pipe(part, content, descriptor, path, failure);
    } else {
        failure_set(failure, FAILURE_USAGE, "%s is no regular file, so nobody knows its size",
                    path);
    }
    close(descriptor);
    return described;
}

static bool describe_value(struct part *part, const char *text, struct failure *failure)
{
    if (!value_text_write(NULL, text, strlen(text)))
        return failure_set(failure, FAILURE_USAGE, "--value %s: it is no JSON", text);
    part->content = slice_of(text);
    return true;
}

/* Behind the input that it describes. */
static bool describe_metadata(struct inputs *inputs, const char *path, struct failure *failure)
{
    struct input *input = inputs->count > 0 ? &inputs->list[inputs->count - 1] : NULL;
    if (!input || !input->part.media_type || strcmp(input->part.media_type, "text/csv") != 0)
        return failure_set(failure, FAILURE_USAGE,
                           "--metadata must stand behind the --input that it describes");
    free(input->described.bytes);
    input->described = (struct content){NULL, 0};
    input->metadata = (struct part){.name = "metadata", .media_type = "application/json"};
    return describe_file(&input->metadata, &input->described, path, true, failure);
}

static bool describe(struct inputs *inputs, const struct input_option *option,
                     struct failure *failure)
{
    if (option->kind == INPUT_METADATA)
        return describe_metadata(inputs, option->text, failure);
    struct input *input = &inputs->list[inputs->count++];
    struct part *part = &input->part;
    switch (option->kind) {
    case INPUT_TABLE:
        *part = (struct part){.name = "input", .media_type = "text/csv"};
        return describe_file(part, &input->content, option->text, false, failure);
    case INPUT_FILE:
        *part = (struct part){.name = "file", .media_type = "application/octet-stream"};
        return describe_file(part, &input->content, option->text, false, failure);
    case INPUT_VALUE:
        *part = (struct part){.name = "input", .media_type = "application/json"};
        return describe_value(part, option->text, failure);
    case INPUT_OBJECT:
    case INPUT_METADATA:
        break;
    }
    *part = (struct part){.name = "input", .media_type = "application/x-python-pickle"};
    return describe_file(part, &input->content, option->text, true, failure);
}

bool inputs_read(struct inputs *inputs, const struct command_line *line, struct failure *failure)
{
    inputs->list = calloc(line->input_count + 1, sizeof(*inputs->list));
    if (!inputs->list)
        return failure_of_memory(failure);
    for (size_t i = 0; i < line->input_count; i++) {
        if (!describe(inputs, &line->inputs[i], failure))
            return false;
    }
    return true;
}

void inputs_finish(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        free(inputs->list[i].content.bytes);
        free(inputs->list[i].described.bytes);
    }
    free(inputs->list);
    *inputs = (struct inputs){NULL, 0};
}

/* Whether a later macro has the same name, which then counts. */
static bool comes_again(const struct command_line *line, size_t place, size_t length)
{
    for (size_t i = place + 1; i < line->macro_count; i++) {
        if (strncmp(line->macros[i], line->macros[place], length + 1) == 0)
            return true;
    }
    return false;
}

static void write_macro(FILE *out, struct slice name, const char *value, bool is_first)
{
    fputs(is_first ? "" : ", ", out);
    json_out_string(out, name);
    fputs(": ", out);
    if (value_text_write(NULL, value, strlen(value)))
        fputs(value, out);
    else
        json_out_string(out, slice_of(value));
}

bool inputs_read_macros(char **text, const struct command_line *line, struct failure *failure)
{
    size_t size;
    bool is_first = true;
    *text = NULL;
    for (size_t i = 0; i < line->macro_count; i++) {
        const char *equals = strchr(line->macros[i], '=');
        if (!equals || equals == line->macros[i])
            return failure_set(failure, FAILURE_USAGE, "--macro %s: a macro is NAME=VALUE",
                               line->macros[i]);
        if (wrong_byte(slice_of(line->macros[i])) > 0)
            return failure_set(failure, FAILURE_USAGE, "--macro %s: it is not UTF-8",
                               line->macros[i]);
    }
    if (line->macro_count == 0)
        return true;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return failure_of_memory(failure);
    putc('{', out);
    for (size_t i = 0; i < line->macro_count; i++) {
        size_t length = strcspn(line->macros[i], "=");
        if (comes_again(line, i, length))
            continue;
        write_macro(out, (struct slice){line->macros[i], length}, line->macros[i] + length + 1,
                    is_first);
        is_first = false;
    }
    putc('}', out);
    return fclose(out) == 0 || failure_of_memory(failure);
}
