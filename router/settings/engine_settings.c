#include "engine_settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_port.h"

#define PREFIX "ENGINE_"
#define HOST   "_HOST"

#define QUOTED(words) #words
#define TEXT(macro)   QUOTED(macro)

/* A variable of one engine. */
struct given {
    struct engine *engine;
    const char *name, *value;
    struct setting_error error;
};

/* Hosts */

static bool add_host(struct engine *engine, char *text)
{
    char *name;
    unsigned port = ENGINE_PORT_DEFAULT;
    if (!host_port_split(text, &name, &port) || !host_is_valid(name))
        return false;
    struct host *hosts = reallocarray(engine->hosts, engine->host_count + 1, sizeof(*hosts));
    if (!hosts)
        return false;
    engine->hosts = hosts;
    hosts[engine->host_count] = (struct host){strdup(name), port};
    return hosts[engine->host_count++].name != NULL;
}

static enum setting_taken take_hosts(void *engine, const char *value)
{
    char *copy = strdup(value), *rest = copy, *one;
    if (!copy)
        return SETTING_NO_MEMORY;
    bool read = true;
    while (read && (one = strsep(&rest, ",")) != NULL)
        read = add_host(engine, one + strspn(one, " "));
    free(copy);
    return read ? SETTING_TAKEN : SETTING_NOT_ALLOWED;
}

/* The table */

#define AT(member, type) SETTING_PLACE(struct engine, member, type)

const struct setting engine_settings_table[] = {
    {
        .name = HOST,
        .help = "where the engine is; its path is `/<name>` in lower case",
        .more = "`<NAME>` has `A-Z`, `0-9` and `_`; a host without a port means port " TEXT(
            ENGINE_PORT_DEFAULT),
        .unset = "none; one is required",
        .kind = SETTING_OWN,
        .place = SETTING_OWNER,
        .take = take_hosts,
        .allowed = "host, host:port or [IPv6]:port, or several with commas between",
    },
    {
        .name = "_TOKEN",
        .help = "the tokens that clients may send; any of them opens the engine",
        .unset = "the engine is open",
        .kind = SETTING_TOKENS,
        .place = AT(tokens, struct tokens),
    },
    {
        .name = "_TOKEN_FILE",
        .help = "the same, from files, as Docker and Kubernetes provide secrets",
        .more = "Hidden files of a folder are left out. Not together with `ENGINE_<NAME>_TOKEN`",
        .unset = "none",
        .kind = SETTING_TOKEN_FILE,
    },
    {
        .name = "_UPSTREAM_TOKEN",
        .help = "the engine's own token, its `ACCESS_TOKEN`; the router sends it along",
        .more = "Of several tokens the router sends the first; of a folder, that of the file whose "
                "name sorts first",
        .unset = "none",
        .kind = SETTING_TOKENS,
        .place = AT(upstream_tokens, struct tokens),
    },
    {
        .name = "_UPSTREAM_TOKEN_FILE",
        .help = "the same, from files; not together with `ENGINE_<NAME>_UPSTREAM_TOKEN`",
        .unset = "none",
        .kind = SETTING_TOKEN_FILE,
    },
    {
        .name = "_QUEUE",
        .help = "requests that may wait while every worker of the engine is busy",
        .standard = "100",
        .kind = SETTING_NUMBER,
        .place = AT(queue_limit, unsigned),
        .to = 100000,
    },
    {
        .name = "_WAIT",
        .help = "how long a request that has not been sent may wait for a replica of the engine",
        .standard = "10", /* a restarting replica is back by then */
        .kind = SETTING_NUMBER,
        .place = AT(wait, unsigned),
        .to = 3600,
        .unit = "seconds",
    },
    {.name = NULL},
};

/* Names */

static bool has_form(const char *name, const char *suffix)
{
    size_t length = strlen(name), affixes = strlen(PREFIX) + strlen(suffix);
    return length >= affixes && strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
           strcmp(name + length - strlen(suffix), suffix) == 0;
}

bool engine_settings_know(const char *name)
{
    for (const struct setting *setting = engine_settings_table; setting->name; setting++) {
        if (has_form(name, setting->name))
            return true;
    }
    return false;
}

bool engine_settings_is_token_file(const char *name)
{
    for (const struct setting *setting = engine_settings_table; setting->name; setting++) {
        if (setting->kind == SETTING_TOKEN_FILE && has_form(name, setting->name))
            return true;
    }
    return false;
}

static bool valid_name(const char *variable)
{
    for (const char *c = variable; *c; c++) {
        if (!isupper((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
            return false;
    }
    return true;
}

/* The part between prefix and suffix, in lower case. NULL if memory runs out. */
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

static bool add_engine(struct settings *settings, const char *variable, struct setting_error error)
{
    if (!valid_name(variable) || strlen(variable) == strlen(PREFIX) + strlen(HOST))
        return setting_refuse(error,
                              "%s is not allowed: it must be ENGINE_<NAME>_HOST with a name of "
                              "A-Z, 0-9 and _",
                              variable);
    struct engine *engines =
        reallocarray(settings->engines, settings->engine_count + 1, sizeof(*engines));
    if (!engines)
        return setting_refuse(error, "out of memory");
    settings->engines = engines;
    struct engine *engine = &engines[settings->engine_count];
    *engine = (struct engine){.name = engine_name(variable, HOST)};
    if (!engine->name)
        return setting_refuse(error, "out of memory");
    settings->engine_count++;
    return setting_take_standards(engine_settings_table, engine, error);
}

/* Reading */

/* Finds the engine and the setting of a variable, even if an engine's name looks like part of a
 * suffix. NULL: refused. */
static const struct setting *find_owner(struct settings *settings, struct given *given)
{
    const struct setting *found = NULL;
    size_t owners = 0;
    for (const struct setting *setting = engine_settings_table; setting->name; setting++) {
        struct engine *engine = has_form(given->name, setting->name)
                                    ? find_engine(settings, given->name, setting->name)
                                    : NULL;
        if (!engine)
            continue;
        given->engine = engine;
        found = setting;
        owners++;
    }
    if (owners == 1)
        return found;
    setting_refuse(given->error,
                   owners == 0 ? "%s has no ENGINE_<NAME>_HOST of the same name"
                               : "%s could belong to two engines; rename one of them",
                   given->name);
    return NULL;
}

static bool read_one(struct settings *settings, struct given *given)
{
    const struct setting *setting = find_owner(settings, given);
    if (!setting)
        return false;
    unsigned bit = 1U << (setting - engine_settings_table);
    if (given->engine->given & bit)
        return setting_refuse(given->error, "%s is set twice", given->name);
    given->engine->given |= bit;
    return setting_take(setting, given->name, given->value, given->engine, given->error);
}

typedef bool visit_variable(struct settings *settings, struct given *given);

static bool add_host_variable(struct settings *settings, struct given *given)
{
    if (!has_form(given->name, HOST))
        return true;
    if (find_engine(settings, given->name, HOST))
        return setting_refuse(given->error, "%s is set twice", given->name);
    return add_engine(settings, given->name, given->error);
}

static bool visit_all(struct settings *settings, char *const *environment,
                      struct setting_error error, visit_variable *visit)
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
                          struct setting_error error)
{
    /* Hosts first, because they make the engines to which the others belong. */
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
        setting_release(engine_settings_table, engine);
        free(engine->name);
    }
    free(settings->engines);
}
