/*
 * The commands and options of standpy, as --help shows them. Pure.
 */
#ifndef STANDPY_CLI_USAGE_H
#define STANDPY_CLI_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum command {
    COMMAND_NONE,
    COMMAND_RUN,
    COMMAND_INFO,
    COMMAND_CHECK,
    COMMAND_HELP, /* of `helped`; COMMAND_NONE: of the program */
    COMMAND_VERSION,
    COMMAND_CONNECTIONS, /* their names, for completion */
};

enum option_id {
    OPTION_ENDPOINT,
    OPTION_TOKEN_FILE,
    OPTION_CONNECTION,
    OPTION_CACERT,
    OPTION_WAIT,
    OPTION_INPUT,
    OPTION_METADATA,
    OPTION_FILE,
    OPTION_VALUE,
    OPTION_OBJECT,
    OPTION_MACRO,
    OPTION_KEEP,
    OPTION_TIMEOUT,
    OPTION_OUTPUT,
    OPTION_JSON,
    OPTION_RAW,
    OPTION_HELP,
};

struct usage_option {
    enum option_id id;
    const char *name;
    char letter;       /* 0 for none */
    bool only_run;     /* else it belongs to every command */
    const char *value; /* what its value is called; NULL for a flag */
    const char *help;
};

struct usage_command {
    const char *name;
    enum command command;
    const char *help; /* NULL: it is not for people */
};

extern const struct usage_option usage_options[];
extern const size_t usage_option_count;
extern const struct usage_command usage_commands[];
extern const size_t usage_command_count;

bool usage_belongs(const struct usage_option *option, enum command command);

/* One line; COMMAND_NONE: of the program. */
void usage_print(FILE *out, enum command command);

void usage_print_help(FILE *out, enum command command);

#endif
