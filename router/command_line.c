#include "command_line.h"

#include <stdio.h>
#include <string.h>

#include "engine_settings.h"
#include "setting_text.h"
#include "settings.h"

#define USAGE      "usage: standpy-router [--healthcheck | --settings | --version | --help]"
#define OF_ENGINES "ENGINE_<NAME>"

static enum command healthcheck(void)
{
    return COMMAND_HEALTHCHECK;
}

static enum command print_settings(void)
{
    setting_print_head(stdout, false);
    setting_print_rows(stdout, engine_settings_table, OF_ENGINES, false);
    setting_print_rows(stdout, settings_table, "", false);
    return COMMAND_DONE;
}

static enum command print_version(void)
{
    puts("standpy-router " STANDPY_VERSION);
    return COMMAND_DONE;
}

static enum command print_help(void);

static const struct {
    const char *name, *help;
    enum command (*run)(void);
} commands[] = {
    {"--healthcheck",
     "ask the router of this environment whether it is healthy: status 0 if it is, else 1",
     healthcheck},
    {"--settings", "print what the environment variables are, as a table in Markdown",
     print_settings},
    {"--version", "print the version", print_version},
    {"--help", "print this", print_help},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static enum command print_help(void)
{
    puts(USAGE "\n\nForwards requests to StandPy's engines.\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-15s%s\n", commands[i].name, commands[i].help);
    puts("\nSettings are environment variables. Of each engine:\n");
    setting_print_help(stdout, engine_settings_table, OF_ENGINES);
    puts("\nOf the router itself:\n");
    setting_print_help(stdout, settings_table, "");
    return COMMAND_DONE;
}

enum command command_line_read(int count, char **arguments)
{
    if (count < 2)
        return COMMAND_SERVE;
    for (size_t i = 0; i < COMMANDS && count == 2; i++) {
        if (strcmp(arguments[1], commands[i].name) == 0)
            return commands[i].run();
    }
    fputs(USAGE "; settings are environment variables\n", stderr);
    return COMMAND_WRONG;
}
