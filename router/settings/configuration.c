#include "configuration.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_settings.h"
#include "log.h"
#include "service_links.h"
#include "token_file.h"
#include "unknown_variables.h"

extern char **environ;

struct version {
    struct settings settings; /* first member: a pointer to it also points to the version */
    size_t holders;
};

static struct {
    pthread_mutex_t lock;
    struct version *now;
} configuration = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Variables */

struct variables {
    char **list; /* NAME=value strings up to a NULL, owned */
    size_t count;
    struct setting_error error;
};

static void free_variables(struct variables *variables)
{
    for (size_t i = 0; i < variables->count; i++)
        free(variables->list[i]);
    free(variables->list);
}

/* Replaces a variable of the same name. */
static bool set_variable(struct variables *variables, const char *name, const char *value)
{
    size_t length = strlen(name), size = length + strlen(value) + 2;
    char *text = malloc(size);
    if (!text)
        return setting_refuse(variables->error, "out of memory");
    snprintf(text, size, "%s=%s", name, value);
    for (size_t i = 0; i < variables->count; i++) {
        if (strncmp(variables->list[i], text, length + 1) == 0) {
            free(variables->list[i]);
            variables->list[i] = text;
            return true;
        }
    }
    char **list = reallocarray(variables->list, variables->count + 2, sizeof(*list));
    if (!list) {
        free(text);
        return setting_refuse(variables->error, "out of memory");
    }
    variables->list = list;
    list[variables->count++] = text;
    list[variables->count] = NULL;
    return true;
}

static bool take_environment(struct variables *variables)
{
    for (char **variable = environ; *variable; variable++) {
        char *name = strndup(*variable, strcspn(*variable, "="));
        const char *equals = strchr(*variable, '=');
        bool set = name && (!equals || set_variable(variables, name, equals + 1));
        free(name);
        if (!set)
            return setting_refuse(variables->error, "out of memory");
    }
    /* Even an empty environment needs a list. */
    return variables->list || set_variable(variables, "", "");
}

/* The file holds one object with the same names. Values are strings or numbers; a list stands for a
 * text with commas. */

static bool set_list(struct variables *variables, const char *name, const json_t *list)
{
    char *text = NULL;
    size_t size = 0, index;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return setting_refuse(variables->error, "out of memory");
    bool valid = json_array_size(list) > 0;
    json_t *item;
    json_array_foreach(list, index, item)
    {
        valid = valid && json_is_string(item);
        fprintf(out, "%s%s", index > 0 ? "," : "", valid ? json_string_value(item) : "");
    }
    valid = fclose(out) == 0 && valid &&
            set_variable(variables, name, text); /* NOLINT(clang-analyzer-unix.Malloc) */
    free(text);
    return valid;
}

static bool set_from_json(struct variables *variables, const char *name, const json_t *value)
{
    char number[32];
    if (!settings_know(name) ||
        strcmp(name, "CONFIG") == 0) { /* a misspelt token would leave an engine open */
        char hint[400];
        unknown_variables_hint(&(struct settings){0}, name, hint, sizeof(hint));
        return setting_refuse(variables->error, "CONFIG: %.200s is not the name of a setting%s",
                              name, hint);
    }
    if (json_is_string(value))
        return set_variable(variables, name, json_string_value(value));
    if (json_is_array(value) && set_list(variables, name, value))
        return true;
    if (!json_is_integer(value))
        return setting_refuse(
            variables->error,
            "CONFIG: %s is not allowed: it must be a string, a whole number or a list of "
            "strings",
            name);
    snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return set_variable(variables, name, number);
}

static const char *find(const struct variables *variables, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < variables->count; i++) {
        if (strncmp(variables->list[i], name, length) == 0 && variables->list[i][length] == '=')
            return variables->list[i] + length + 1;
    }
    return NULL;
}

static bool read_file(struct variables *variables, const char *path)
{
    if (!path || path[0] == '\0')
        return true;
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root && error.line > 0)
        return setting_refuse(variables->error, "CONFIG=%.200s, line %d: %s", path, error.line,
                              error.text);
    if (!root)
        return setting_refuse(variables->error, "CONFIG: %s", error.text);
    bool taken = json_is_object(root) ||
                 setting_refuse(variables->error,
                                "CONFIG=%.200s is not allowed: it must hold one object", path);
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value)
    {
        taken = taken && set_from_json(variables, name, value);
    }
    json_decref(root);
    return taken;
}

/* Variables that Kubernetes sets are not settings. */
static void drop_service_links(struct variables *variables, char *const *file)
{
    size_t i = 0;
    while (i < variables->count) {
        char *variable = variables->list[i];
        if (!service_link_is_host(variable, variables->list, file)) {
            i++;
            continue;
        }
        int stem = (int)strcspn(variable, "=") - (int)strlen("_HOST");
        stem = stem < 250 ? stem : 250;
        log_line("%.*s_HOST is ignored: Kubernetes sets it, with %.*s_PORT, for a service; if "
                 "it is the host of an engine, set %.*s_TOKEN or %.*s_QUEUE as well",
                 stem, variable, stem, variable, stem, variable, stem, variable);
        free(variable);
        variables->list[i] = variables->list[--variables->count];
        variables->list[variables->count] = NULL;
    }
}

/* The file takes precedence over the environment. */
static bool take_file(struct variables *variables)
{
    struct variables file = {.error = variables->error};
    bool taken = read_file(&file, find(variables, "CONFIG"));
    if (taken)
        drop_service_links(variables, file.list);
    for (size_t i = 0; taken && i < file.count; i++) {
        char *equals = strchr(file.list[i], '=');
        *equals = '\0';
        taken = set_variable(variables, file.list[i], equals + 1);
    }
    free_variables(&file);
    return taken;
}

/* Files of tokens, such as Docker's secrets: newlines or commas separate the tokens. */

static bool read_token_file(struct variables *variables, const char *variable, const char *path)
{
    char text[TOKEN_FILE_LIMIT + 1], name[SETTINGS_LONGEST_NAME + 1];
    if (!token_file_take(variable, path, text, variables->error))
        return false;
    snprintf(name, sizeof(name), "%.*s", (int)(strlen(variable) - strlen("_FILE")), variable);
    if (find(variables, name))
        return setting_refuse(variables->error, "%s and %s are both set; set only one", name,
                              variable);
    return set_variable(variables, name, text);
}

static bool take_token_files(struct variables *variables)
{
    size_t count = variables->count; /* variables that are added here name no files */
    for (size_t i = 0; i < count; i++) {
        const char *text = variables->list[i];
        size_t length = strcspn(text, "=");
        char name[SETTINGS_LONGEST_NAME + 1];
        if (length > SETTINGS_LONGEST_NAME)
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)length, text);
        if (engine_settings_is_token_file(name) &&
            !read_token_file(variables, name, text + length + 1))
            return false;
    }
    return true;
}

/* Versions */

static void warn(const char *line)
{
    log_line("%s", line);
}

/* The file needs no check: unknown names in it are already refused. */
static bool check_unknown(const struct settings *settings, struct setting_error error)
{
    return unknown_variables_check(settings, environ, warn, error);
}

static struct version *read_version(configuration_prepare *prepare, struct setting_error error)
{
    struct variables variables = {.error = error};
    struct version *version = calloc(1, sizeof(*version));
    bool read = version || setting_refuse(error, "out of memory");
    read = read && take_environment(&variables) && take_file(&variables) &&
           take_token_files(&variables) &&
           settings_read(&version->settings, variables.list, error) &&
           check_unknown(&version->settings, error) && prepare(&version->settings, error);
    free_variables(&variables);
    if (!read && version) {
        settings_finish(&version->settings);
        free(version);
        version = NULL;
    }
    return version;
}

bool configuration_load(configuration_prepare *prepare, char *error, size_t capacity)
{
    struct version *version = read_version(prepare, (struct setting_error){error, capacity});
    if (!version)
        return false;
    version->holders = 1; /* it is the current one */
    pthread_mutex_lock(&configuration.lock);
    struct version *before = configuration.now;
    configuration.now = version;
    pthread_mutex_unlock(&configuration.lock);
    if (before)
        configuration_release(&before->settings);
    return true;
}

const struct settings *configuration_hold(void)
{
    pthread_mutex_lock(&configuration.lock);
    struct version *version = configuration.now;
    version->holders++;
    pthread_mutex_unlock(&configuration.lock);
    return &version->settings;
}

void configuration_release(const struct settings *settings)
{
    struct version *version = (struct version *)(uintptr_t)settings;
    pthread_mutex_lock(&configuration.lock);
    bool last = --version->holders == 0;
    pthread_mutex_unlock(&configuration.lock);
    if (!last)
        return;
    settings_finish(&version->settings);
    free(version);
}

void configuration_free(void)
{
    if (configuration.now)
        configuration_release(&configuration.now->settings);
    configuration.now = NULL;
}
