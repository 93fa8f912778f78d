#include "usage.h"

const struct usage_option usage_options[] = {
    {OPTION_ENDPOINT, "--endpoint", 0, false, "URL",
     "such as http://standpy-router/engine; else STANDPY_ENDPOINT"},
    {OPTION_TOKEN_FILE, "--token-file", 0, false, "FILE",
     "a file with the token; else STANDPY_TOKEN, STANDPY_TOKEN_FILE"},
    {OPTION_CONNECTION, "--connection", 'c', false, "NAME",
     "a connection of ~/.config/standpy/connections.json"},
    {OPTION_CACERT, "--cacert", 0, false, "FILE",
     "the authority of the router's certificate, as PEM"},
    {OPTION_WAIT, "--wait", 0, false, "SECONDS", "how long to wait for a busy engine (60)"},
    {OPTION_INPUT, "--input", 0, true, "CSV", "a table, as CSV"},
    {OPTION_METADATA, "--metadata", 0, true, "JSON",
     "a file with types and roles of the table before it"},
    {OPTION_FILE, "--file", 0, true, "FILE", "a file"},
    {OPTION_VALUE, "--value", 0, true, "JSON", "a value"},
    {OPTION_OBJECT, "--object", 0, true, "PICKLE", "a file with a pickled object"},
    {OPTION_MACRO, "--macro", 0, true, "NAME=VALUE", "a macro; the value is JSON, or a text"},
    {OPTION_KEEP, "--keep", 0, true, NULL,
     "have the engine keep files, so that the next run need not send them"},
    {OPTION_TIMEOUT, "--timeout", 0, true, "SECONDS", "stop the script after that time"},
    {OPTION_OUTPUT, "--output", 'o', true, "FILE", "where the next output goes; - for here"},
    {OPTION_JSON, "--json", 0, true, NULL, "print one JSON report instead"},
    {OPTION_RAW, "--raw", 0, true, NULL,
     "show what is printed and raised as it is, without INFO: and SEVERE:"},
    {OPTION_HELP, "--help", 'h', false, NULL, "print this"},
};
const size_t usage_option_count = sizeof(usage_options) / sizeof(*usage_options);

const struct usage_command usage_commands[] = {
    {"run", COMMAND_RUN, "run a script"},
    {"info", COMMAND_INFO, "how the engine is set up"},
    {"check", COMMAND_CHECK, "test a connection, step by step"},
    {"--help", COMMAND_HELP, "print this; of a command: standpy COMMAND --help"},
    {"-h", COMMAND_HELP, NULL},
    {"--version", COMMAND_VERSION, "print the version"},
    {"--connections", COMMAND_CONNECTIONS, NULL},
};
const size_t usage_command_count = sizeof(usage_commands) / sizeof(*usage_commands);

bool usage_belongs(const struct usage_option *option, enum command command)
{
    return !option->only_run || command == COMMAND_RUN;
}

static const char *name_of(enum command command)
{
    return command == COMMAND_RUN     ? "run"
           : command == COMMAND_INFO  ? "info"
           : command == COMMAND_CHECK ? "check"
                                      : NULL;
}

void usage_print(FILE *out, enum command command)
{
    const char *name = name_of(command);
    if (name)
        fprintf(out, "usage: standpy %s [OPTION]...%s\n", name,
                command == COMMAND_RUN ? " SCRIPT" : "");
    else
        fputs("usage: standpy run|info|check [OPTION]... | --help | --version\n", out);
}

static void print_option(FILE *out, const struct usage_option *option)
{
    char text[64];
    int length = option->letter
                     ? snprintf(text, sizeof(text), "-%c, %s", option->letter, option->name)
                     : snprintf(text, sizeof(text), "%s", option->name);
    if (option->value)
        snprintf(text + length, sizeof(text) - (size_t)length, " %s", option->value);
    fprintf(out, "  %-24s%s\n", text, option->help);
}

static void print_commands(FILE *out)
{
    fputs("\nRuns scripts on a StandPy engine.\n\n", out);
    for (size_t i = 0; i < usage_command_count; i++) {
        if (usage_commands[i].help)
            fprintf(out, "  %-24s%s\n", usage_commands[i].name, usage_commands[i].help);
    }
}

void usage_print_help(FILE *out, enum command command)
{
    usage_print(out, command);
    if (!name_of(command)) {
        print_commands(out);
        return;
    }
    if (command == COMMAND_RUN)
        fputs("\nRuns a script; inputs become its arguments, in order. SCRIPT is a file with "
              "rm_main; - for the\nstandard input.\n\n",
              out);
    else
        fprintf(out, "\n%s.\n\n",
                command == COMMAND_INFO ? "Shows how the engine is set up, as JSON"
                                        : "Tests a connection, step by step");
    for (size_t i = 0; i < usage_option_count; i++) {
        if (usage_belongs(&usage_options[i], command))
            print_option(out, &usage_options[i]);
    }
    if (command == COMMAND_RUN)
        fputs("\nExit status: 0 the script succeeded, 1 it failed, 2 wrong usage, 3 deadline, 4 "
              "busy,\n5 not reachable, 6 refused, 130 interrupted, 141 the output's reader left.\n",
              out);
}
