#include "engine_settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_QUEUE 100000
#define MAX_WAIT  3600 /* seconds */

#define PREFIX "ENGINE_"

/* A variable of one engine. */
struct given {
    struct engine *engine;
    const char *name, *value;
    struct settings_error error;
};

/* Hosts */

static bool add_host(struct engine *engine, char *text)
{
    char *name;
    unsigned port = ENGINE_PORT_DEFAULT;
    if (!settings_split_address(text, &name, &port) || !settings_valid_host(name))
        return false;
    struct host *hosts = reallocarray(engine->hosts, engine->host_count + 1, sizeof(*hosts));
    if (!hosts)
        return false;
    engine->hosts = hosts;
    hosts[engine->host_count] = (struct host){strdup(name), port};
    return hosts[engine->host_count++].name != NULL;
}

static bool read_hosts(const struct given *given)
{
    char *copy = strdup(given->value), *rest = copy, *one;
    bool read = copy != NULL;
    while (read && (one = strsep(&rest, ",")) != NULL)
        read = add_host(given->engine, one + strspn(one, " "));
    free(copy);
    return read ||
           settings_refuse_value(given->error, given->name, given->value,
                                 "host, host:port or [IPv6]:port, or several with commas between");
}

/* Others */

static bool refuse_tokens(const struct given *given)
{
    return settings_refuse(given->error, "%s is not allowed: " TOKENS_ALLOWED, given->name);
}

static bool read_tokens(const struct given *given)
{
    return tokens_add(&given->engine->tokens, given->value) || refuse_tokens(given);
}

static bool read_upstream_tokens(const struct given *given)
{
    return tokens_add(&given->engine->upstream_tokens, given->value) || refuse_tokens(given);
}

static bool read_queue(const struct given *given)
{
    return settings_parse_number(given->value, 0, MAX_QUEUE, &given->engine->queue_limit) ||
           settings_refuse_value(given->error, given->name, given->value,
                                 "a whole number from 0 to 100000");
}

static bool read_wait(const struct given *given)
{
    return settings_parse_number(given->value, 0, MAX_WAIT, &given->engine->wait) ||
           settings_refuse_value(given->error, given->name, given->value,
                                 "whole seconds from 0 to 3600");
}

/* Its tokens stand under another name by now. */
static bool is_read_already(const struct given *given)
{
    (void)given;
    return true;
}

enum suffix { HOST, TOKEN, TOKEN_FILE, UPSTREAM_TOKEN, UPSTREAM_TOKEN_FILE, QUEUE, WAIT, SUFFIXES };

static const char *const suffixes[SUFFIXES + 1] = {
    [HOST] = "_HOST",
    [TOKEN] = "_TOKEN",
    [TOKEN_FILE] = "_TOKEN_FILE",
    [UPSTREAM_TOKEN] = "_UPSTREAM_TOKEN",
    [UPSTREAM_TOKEN_FILE] = "_UPSTREAM_TOKEN_FILE",
    [QUEUE] = "_QUEUE",
    [WAIT] = "_WAIT",
};

static bool (*const readers[SUFFIXES])(const struct given *given) = {
    [HOST] = read_hosts,
    [TOKEN] = read_tokens,
    [TOKEN_FILE] = is_read_already,
    [UPSTREAM_TOKEN] = read_upstream_tokens,
    [UPSTREAM_TOKEN_FILE] = is_read_already,
    [QUEUE] = read_queue,
    [WAIT] = read_wait,
};

const char *const *engine_settings_suffixes(void)
{
    return suffixes;
}

/* Names */

static bool has_form(const char *name, const char *suffix)
{
    size_t length = strlen(name), affixes = strlen(PREFIX) + strlen(suffix);
    return length >= affixes && strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
           strcmp(name + length - strlen(suffix), suffix) == 0;
}

bool engine_settings_know(const char *name)
{
    for (size_t i = 0; i < SUFFIXES; i++) {
        if (has_form(name, suffixes[i]))
            return true;
    }
    return false;
}

bool engine_settings_is_secret(const char *name)
{
    return has_form(name, suffixes[TOKEN]);
}

static bool valid_name(const char *variable)
{
    for (const char *c = variable; *c; c++) {
        if (!isupper((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
            return false;
    }
    return true;
}

/* What is between prefix and suffix, in lower case. NULL where memory runs out. */
static char *engine_name(const char *variable, const char *suffix)
{
    size_t length = strlen(variable) - strlen(PREFIX) - strlen(suffix);
    char *name = strndup(variable + strlen(PREFIX), length);
    for (char *c = name; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

static struct engine *find_engine(struct settings *settings, const char *variable,
                                  const char *suffix)
{
    char *name = engine_name(variable, suffix);
    struct engine *found = NULL;
    for (size_t i = 0; name && !found && i < settings->engine_count; i++) {
        if (strcmp(settings->engines[i].name, name) == 0)
            found = &settings->engines[i];
    }
    free(name);
    return found;
}

static bool add_engine(struct settings *settings, const char *variable, struct settings_error error)
{
    if (!valid_name(variable) || strlen(variable) == strlen(PREFIX) + strlen(suffixes[HOST]))
        return settings_refuse(error,
                               "%s is not allowed: it must be ENGINE_<NAME>_HOST with a name of "
                               "A-Z, 0-9 and _",
                               variable);
    struct engine *engines =
        reallocarray(settings->engines, settings->engine_count + 1, sizeof(*engines));
    if (!engines)
        return settings_refuse(error, "out of memory");
    settings->engines = engines;
    struct engine *engine = &engines[settings->engine_count];
    *engine = (struct engine){.name = engine_name(variable, suffixes[HOST]),
                              .queue_limit = QUEUE_DEFAULT,
                              .wait = WAIT_DEFAULT};
    if (!engine->name)
        return settings_refuse(error, "out of memory");
    settings->engine_count++;
    return true;
}

/* Reading */

/* Whose it is and which, where an engine may have a name like a part of a suffix. */
static bool find_owner(struct settings *settings, struct given *given, enum suffix *which)
{
    size_t owners = 0;
    for (size_t i = 0; i < SUFFIXES; i++) {
        struct engine *engine = has_form(given->name, suffixes[i])
                                    ? find_engine(settings, given->name, suffixes[i])
                                    : NULL;
        if (!engine)
            continue;
        given->engine = engine;
        *which = (enum suffix)i;
        owners++;
    }
    if (owners == 1)
        return true;
    return settings_refuse(given->error,
                           owners == 0 ? "%s has no ENGINE_<NAME>_HOST of the same name"
                                       : "%s may be of two engines; rename one of them",
                           given->name);
}

static bool read_one(struct settings *settings, struct given *given)
{
    enum suffix which = HOST;
    if (!find_owner(settings, given, &which))
        return false;
    unsigned bit = 1U << which;
    if (given->engine->given & bit)
        return settings_refuse(given->error, "%s is there twice", given->name);
    given->engine->given |= bit;
    return readers[which](given);
}

typedef bool visit_variable(struct settings *settings, struct given *given);

static bool add_host_variable(struct settings *settings, struct given *given)
{
    if (!has_form(given->name, suffixes[HOST]))
        return true;
    if (find_engine(settings, given->name, suffixes[HOST]))
        return settings_refuse(given->error, "%s is there twice", given->name);
    return add_engine(settings, given->name, given->error);
}

static bool visit_all(struct settings *settings, char *const *environment,
                      struct settings_error error, visit_variable *visit)
{
    for (; *environment; environment++) {
        char name[SETTINGS_LONGEST_NAME + 1];
        const char *equals = strchr(*environment, '=');
        if (!equals || equals - *environment > SETTINGS_LONGEST_NAME)
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)(equals - *environment), *environment);
        struct given given = {.name = name, .value = equals + 1, .error = error};
        if (engine_settings_know(name) && !visit(settings, &given))
            return false;
    }
    return true;
}

bool engine_settings_read(struct settings *settings, char *const *environment,
                          struct settings_error error)
{
    /* Hosts first: the others belong to engines, in whatever order the variables stand. */
    return visit_all(settings, environment, error, add_host_variable) &&
           visit_all(settings, environment, error, read_one);
}

void engine_settings_finish(struct settings *settings)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        struct engine *engine = &settings->engines[i];
        for (size_t j = 0; j < engine->host_count; j++)
            free(engine->hosts[j].name);
        free(engine->hosts);
        tokens_free(&engine->tokens);
        tokens_free(&engine->upstream_tokens);
        free(engine->name);
    }
    free(settings->engines);
}
