/*
 * What the arguments of standpy say. Pure: it looks at no file.
 */
#ifndef STANDPY_CLI_COMMAND_LINE_H
#define STANDPY_CLI_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "connections.h"
#include "sentence.h"
#include "usage.h"

enum input_kind {
    INPUT_TABLE,
    INPUT_METADATA, /* of the table before it */
    INPUT_FILE,
    INPUT_VALUE,
    INPUT_OBJECT,
};

struct input_option {
    enum input_kind kind;
    const char *text; /* a path, or of a value its JSON */
};

/* Texts are borrowed from the arguments, lists owned. */
struct command_line {
    enum command command, helped;
    struct connection_options connection;
    double wait;      /* seconds */
    unsigned timeout; /* whole seconds; 0 without one */
    bool keep, json, raw;
    const char *script; /* - is the standard input */
    struct input_option *inputs;
    size_t input_count;
    const char **macros, **outputs;
    size_t macro_count, output_count;
};

enum command_line_end {
    COMMAND_LINE_FINE,
    COMMAND_LINE_UNUSABLE, /* why is one line, and the usage helps */
    COMMAND_LINE_WRONG,    /* the usage is right, but a number is not */
};

/* command_line_finish frees the line, whatever the end. */
enum command_line_end command_line_read(struct command_line *line, int count, char **arguments,
                                        struct sentence *why);
void command_line_finish(struct command_line *line);

#endif
