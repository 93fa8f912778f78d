#include "command_line.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near_miss.h"

/* Arguments that are still to be read. */
struct arguments {
    char **list;
    int count;
    int at;
    bool only_words; /* behind -- */
    enum command_line_end end;
    struct sentence *why;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct arguments *arguments,
                                                         const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(arguments->why->text, sizeof(arguments->why->text), format, values);
    va_end(values);
    arguments->end = COMMAND_LINE_UNUSABLE;
    return false;
}

static bool no_memory(struct arguments *arguments)
{
    arguments->end = COMMAND_LINE_WRONG;
    return sentence_say(arguments->why, "there is not enough memory");
}

static bool add_text(const char ***list, size_t *count, const char *text,
                     struct arguments *arguments)
{
    const char **longer = reallocarray(*list, *count + 1, sizeof(*longer));
    if (!longer)
        return no_memory(arguments);
    longer[(*count)++] = text;
    *list = longer;
    return true;
}

static bool add_input(struct command_line *line, enum input_kind kind, const char *text,
                      struct arguments *arguments)
{
    struct input_option *inputs =
        reallocarray(line->inputs, line->input_count + 1, sizeof(*inputs));
    if (!inputs)
        return no_memory(arguments);
    inputs[line->input_count++] = (struct input_option){kind, text};
    line->inputs = inputs;
    return true;
}

static bool read_seconds(double *seconds, const char *name, const char *text,
                         struct arguments *arguments)
{
    char *rest;
    *seconds = strtod(text, &rest);
    return (*text && !*rest && !isnan(*seconds)) ||
           refuse(arguments, "%s %s: it is no number of seconds", name, text);
}

static bool read_timeout(struct command_line *line, const char *text, struct arguments *arguments)
{
    double seconds;
    if (!read_seconds(&seconds, "--timeout", text, arguments))
        return false;
    if (seconds > 0 && seconds <= 1e9) {
        line->timeout = (unsigned)ceil(seconds);
        return true;
    }
    arguments->end = COMMAND_LINE_WRONG;
    return sentence_say(arguments->why, "timeout must be a number of seconds above 0, not %s",
                        text);
}

static bool take_flag(struct command_line *line, enum option_id id)
{
    switch (id) {
    case OPTION_KEEP:
        return line->keep = true;
    case OPTION_JSON:
        return line->json = true;
    case OPTION_RAW:
        return line->raw = true;
    default:
        line->helped = line->command;
        line->command = COMMAND_HELP;
        return true;
    }
}

static bool take_value(struct command_line *line, enum option_id id, const char *text,
                       struct arguments *arguments)
{
    switch (id) {
    case OPTION_ENDPOINT:
        line->connection.endpoint = *text ? text : NULL;
        return true;
    case OPTION_TOKEN_FILE:
        line->connection.token_file = *text ? text : NULL;
        return true;
    case OPTION_CONNECTION:
        line->connection.name = text;
        return true;
    case OPTION_CACERT:
        line->connection.cacert = *text ? text : NULL;
        return true;
    case OPTION_WAIT:
        return read_seconds(&line->wait, "--wait", text, arguments);
    case OPTION_TIMEOUT:
        return read_timeout(line, text, arguments);
    case OPTION_INPUT:
        return add_input(line, INPUT_TABLE, text, arguments);
    case OPTION_METADATA:
        return add_input(line, INPUT_METADATA, text, arguments);
    case OPTION_FILE:
        return add_input(line, INPUT_FILE, text, arguments);
    case OPTION_VALUE:
        return add_input(line, INPUT_VALUE, text, arguments);
    case OPTION_OBJECT:
        return add_input(line, INPUT_OBJECT, text, arguments);
    case OPTION_MACRO:
        return add_text(&line->macros, &line->macro_count, text, arguments);
    case OPTION_OUTPUT:
        return add_text(&line->outputs, &line->output_count, text, arguments);
    default:
        return take_flag(line, id);
    }
}

/* A word that is none of the options: perhaps it is nearly one. */
static bool unknown_option(const struct command_line *line, const char *word, size_t length,
                           struct arguments *arguments)
{
    char name[64];
    snprintf(name, sizeof(name), "%.*s", (int)length, word);
    for (size_t i = 0; i < usage_option_count; i++) {
        const struct usage_option *option = &usage_options[i];
        if (usage_belongs(option, line->command) && near_miss(name, option->name))
            return refuse(arguments, "there is no option %s; did you mean %s?", name, option->name);
    }
    /* Without what stands behind =, which may be a secret that should not be here. */
    return refuse(arguments, "there is no option %s", name);
}

static bool take_option(struct command_line *line, const struct usage_option *option,
                        const char *name, const char *attached, struct arguments *arguments)
{
    if (!option->value)
        return attached ? refuse(arguments, "%s takes no value", name)
                        : take_flag(line, option->id);
    if (attached)
        return take_value(line, option->id, attached, arguments);
    if (arguments->at >= arguments->count)
        return refuse(arguments, "%s needs a value: %s", name, option->value);
    return take_value(line, option->id, arguments->list[arguments->at++], arguments);
}

static bool take_long(struct command_line *line, const char *word, struct arguments *arguments)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    for (size_t i = 0; i < usage_option_count; i++) {
        const struct usage_option *option = &usage_options[i];
        if (usage_belongs(option, line->command) && strlen(option->name) == length &&
            memcmp(option->name, word, length) == 0)
            return take_option(line, option, option->name, equals ? equals + 1 : NULL, arguments);
    }
    return unknown_option(line, word, length, arguments);
}

/* -o FILE and -oFILE */
static bool take_short(struct command_line *line, const char *word, struct arguments *arguments)
{
    for (size_t i = 0; i < usage_option_count; i++) {
        const struct usage_option *option = &usage_options[i];
        if (!usage_belongs(option, line->command) || option->letter != word[1])
            continue;
        const char name[] = {'-', option->letter, '\0'};
        return take_option(line, option, name, word[2] ? word + 2 : NULL, arguments);
    }
    return unknown_option(line, word, strlen(word), arguments);
}

static bool take_word(struct command_line *line, const char *word, struct arguments *arguments)
{
    if (line->command != COMMAND_RUN)
        return refuse(arguments, "%.100s is too much", word);
    if (line->script)
        return refuse(arguments,
                      "there are two scripts, %.100s and %.100s; inputs stand behind --input, "
                      "--file, --value or --object",
                      line->script, word);
    line->script = word;
    return true;
}

static bool take_argument(struct command_line *line, struct arguments *arguments)
{
    const char *word = arguments->list[arguments->at++];
    if (arguments->only_words || word[0] != '-' || word[1] == '\0')
        return take_word(line, word, arguments);
    if (strcmp(word, "--") == 0)
        return arguments->only_words = true;
    return word[1] == '-' ? take_long(line, word, arguments) : take_short(line, word, arguments);
}

static bool take_command(struct command_line *line, struct arguments *arguments)
{
    if (arguments->at >= arguments->count)
        return refuse(arguments, "there is no command; it is run, info or check");
    const char *word = arguments->list[arguments->at++];
    for (size_t i = 0; i < usage_command_count; i++) {
        if (strcmp(word, usage_commands[i].name) == 0) {
            line->command = usage_commands[i].command;
            return true;
        }
    }
    for (size_t i = 0; i < usage_command_count; i++) {
        if (near_miss(word, usage_commands[i].name))
            return refuse(arguments, "there is no command %.100s; did you mean %s?", word,
                          usage_commands[i].name);
    }
    return refuse(arguments, "there is no command %.100s; it is run, info or check", word);
}

enum command_line_end command_line_read(struct command_line *line, int count, char **list,
                                        struct sentence *why)
{
    struct arguments arguments = {.list = list, .count = count, .at = 1, .why = why};
    memset(line, 0, sizeof(*line));
    line->wait = 60;
    bool goes_on = take_command(line, &arguments);
    while (goes_on && arguments.at < count && line->command != COMMAND_HELP)
        goes_on = take_argument(line, &arguments);
    if (goes_on && line->command == COMMAND_RUN && !line->script)
        refuse(&arguments, "there is no script; - is the standard input");
    return arguments.end;
}

void command_line_finish(struct command_line *line)
{
    free(line->inputs);
    free(line->macros);
    free(line->outputs);
    line->inputs = NULL;
    line->macros = line->outputs = NULL;
}
