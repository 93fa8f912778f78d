/*
 * What a command line says of a call: the script, and inputs of every kind.
 */
#ifndef STANDPY_CLI_INPUTS_H
#define STANDPY_CLI_INPUTS_H

#include "command_line.h"
#include "failure.h"
#include "parts.h"

#define SCRIPT_MOST (4 << 20) /* bytes; docs/protocol.md */

/* Bytes that were read whole. Owned. */
struct content {
    char *bytes;
    size_t length;
};

/* Reads a script: a file, or - for the standard input. Without a byte order mark. */
bool inputs_read_script(struct content *script, const char *name, struct failure *failure);

struct input {
    struct part part;
    struct part metadata;   /* that follows it; name is NULL if there is none */
    struct content content; /* of what is no regular file, or has to be looked at */
    struct content described;
};

struct inputs {
    struct input *list; /* owned */
    size_t count;
};

/* Looks at each file, and opens none for long. inputs_finish frees what there is. */
bool inputs_read(struct inputs *inputs, const struct command_line *line, struct failure *failure);
void inputs_finish(struct inputs *inputs);

/* The object of macros as JSON; *text is owned, and NULL without any. */
bool inputs_read_macros(char **text, const struct command_line *line, struct failure *failure);

#endif
