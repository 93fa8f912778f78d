#include "unknown_variables.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine_settings.h"
#include "near_miss.h"
#include "service_links.h"

#define PREFIX   "ENGINE_"
#define CAPACITY (SETTINGS_LONGEST_NAME + 64)

/* ENGINE_<NAME> as variables have it. */
static void stem_of(const struct engine *engine, char *stem, size_t capacity)
{
    snprintf(stem, capacity, PREFIX "%s", engine->name);
    for (char *c = stem; *c; c++)
        *c = (char)toupper((unsigned char)*c);
}

static bool find_plain(const char *name, char *meant, size_t capacity)
{
    const struct setting *near = setting_near(settings_table, name);
    if (near)
        snprintf(meant, capacity, "%s", near->name);
    return near != NULL;
}

/* Looks for a setting of an existing engine. */
static bool find_of_engines(const struct settings *settings, const char *name, char *meant,
                            size_t capacity)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        char stem[CAPACITY];
        stem_of(&settings->engines[i], stem, sizeof(stem) - 32);
        for (const struct setting *one = engine_settings_table; one->name; one++) {
            snprintf(meant, capacity, "%s%s", stem, one->name);
            if (near_miss(name, meant))
                return true;
        }
    }
    return false;
}

/* Looks for a setting of an unknown engine: ENGINE_B_HOTS, engine_b_host, ENGINE_HOST. */
static bool find_of_no_engine(const char *name, char *meant, size_t capacity)
{
    if (strncasecmp(name, PREFIX, strlen(PREFIX)) != 0)
        return false;
    for (const char *tail = strchr(name, '_'); tail; tail = strchr(tail + 1, '_')) {
        for (const struct setting *one = engine_settings_table; one->name; one++) {
            if (strcmp(tail, one->name) == 0 || near_miss(tail, one->name)) {
                snprintf(meant, capacity, PREFIX "<NAME>%s", one->name);
                return true;
            }
        }
    }
    return false;
}

static bool find_meant(const struct settings *settings, const char *name, char *meant,
                       size_t capacity)
{
    return find_of_engines(settings, name, meant, capacity) || find_plain(name, meant, capacity) ||
           find_of_no_engine(name, meant, capacity);
}

void unknown_variables_hint(const struct settings *settings, const char *name, char *hint,
                            size_t capacity)
{
    char meant[CAPACITY + 32];
    hint[0] = '\0';
    if (find_meant(settings, name, meant, sizeof(meant)))
        snprintf(hint, capacity, "; did you mean %s?", meant);
}

static void list_suffixes(char *text, size_t capacity)
{
    snprintf(text, capacity, "; there are");
    for (const struct setting *one = engine_settings_table; one->name; one++) {
        size_t used = strlen(text);
        snprintf(text + used, capacity - used, " …%s", one->name);
    }
}

static const struct engine *find_engine(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        char stem[CAPACITY];
        stem_of(&settings->engines[i], stem, sizeof(stem));
        size_t length = strlen(stem);
        if (strncmp(name, stem, length) == 0 && name[length] == '_')
            return &settings->engines[i];
    }
    return NULL;
}

static bool check(const struct settings *settings, const char *name, void (*warn)(const char *line),
                  struct setting_error error)
{
    char hint[CAPACITY + 64], line[2 * CAPACITY + 128];
    const struct engine *engine = find_engine(settings, name);
    unknown_variables_hint(settings, name, hint, sizeof(hint));
    if (engine && hint[0] == '\0')
        list_suffixes(hint, sizeof(hint));
    if (engine)
        return setting_refuse(error, "%s is not the name of a setting of the engine %s%s", name,
                              engine->name, hint);
    if (hint[0] != '\0') {
        snprintf(line, sizeof(line), "warning: %s is not the name of a setting%s", name, hint);
        warn(line);
    }
    return true;
}

bool unknown_variables_check(const struct settings *settings, char *const *environment,
                             void (*warn)(const char *line), struct setting_error error)
{
    for (char *const *variable = environment; *variable; variable++) {
        char name[SETTINGS_LONGEST_NAME + 1];
        size_t length = strcspn(*variable, "=");
        if (length > SETTINGS_LONGEST_NAME)
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)length, *variable);
        if (settings_know(name) || service_link_is_part(*variable, environment))
            continue;
        if (!check(settings, name, warn, error))
            return false;
    }
    return true;
}
