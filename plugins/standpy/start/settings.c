#include "settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near_miss.h"
#include "size.h"
#include "value.h"

static bool whole_number(const char *value, unsigned long from, unsigned long to)
{
    size_t length = strlen(value);
    if (length == 0 || length > 9 || strspn(value, "0123456789") != length)
        return false;
    unsigned long number = strtoul(value, NULL, 10);
    return number >= from && number <= to;
}

static bool valid_workers(const char *value)
{
    return whole_number(value, 1, 1024);
}

static bool valid_seconds(const char *value)
{
    return whole_number(value, 1, 86400);
}

static bool valid_requests(const char *value)
{
    return whole_number(value, 1, 999999999);
}

static bool valid_listen(const char *value)
{
    const char *colon = strrchr(value, ':');
    return colon && whole_number(colon + 1, 1, 65535) && !strpbrk(value, " \t,/");
}

static bool valid_folder_name(const char *value)
{
    return value[0] != '\0' && !strchr(value, '/') && strcmp(value, ".") != 0 &&
           strcmp(value, "..") != 0;
}

static bool valid_absolute_path(const char *value)
{
    return value[0] == '/';
}

/* Modules by name, comma-separated; "none" for no module at all. */
static bool valid_modules(const char *value)
{
    bool expect_name = true;
    for (const char *c = value; *c; c++) {
        if (*c == ',' || *c == '.') {
            if (expect_name)
                return false;
            expect_name = true;
        } else if (isalpha((unsigned char)*c) || *c == '_' ||
                   (!expect_name && isdigit((unsigned char)*c))) {
            expect_name = false;
        } else {
            return false;
        }
    }
    return !expect_name;
}

/* Comma-separated. */
static bool valid_variables(const char *value)
{
    bool expect_name = true;
    for (const char *c = value; *c; c++) {
        bool may_begin = isalpha((unsigned char)*c) || *c == '_';
        if (*c == ',' ? expect_name : !may_begin && (expect_name || !isdigit((unsigned char)*c)))
            return false;
        expect_name = *c == ',';
    }
    return !expect_name;
}

static bool valid_switch(const char *value)
{
    return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
}

static bool valid_size(const char *value)
{
    uint64_t bytes;
    return size_parse(value, &bytes);
}

/* An interpreter needs most of that for itself. */
static bool valid_memory(const char *value)
{
    uint64_t bytes;
    return size_parse(value, &bytes) && bytes >= MEMORY_LIMIT_LEAST;
}

static bool valid_isolation(const char *value)
{
    return strcmp(value, "namespace") == 0 || strcmp(value, "process") == 0;
}

static bool valid_sandbox(const char *value)
{
    return strcmp(value, "auto") == 0 || strcmp(value, "required") == 0 ||
           strcmp(value, "off") == 0;
}

static bool valid_log_level(const char *value)
{
    enum log_level level;
    return log_level_parse(value, &level);
}

static bool valid_log_format(const char *value)
{
    return strcmp(value, "text") == 0 || strcmp(value, "json") == 0;
}

static const struct setting table[] = {
    {"WORKERS", "workers", "1", "a whole number from 1 to 1024", valid_workers},
    {"TIMEOUT", "harakiri", "30", "whole seconds from 1 to 86400", valid_seconds},
    {"STOP_TIMEOUT", "worker-reload-mercy", "30", "whole seconds from 1 to 86400", valid_seconds},
    {"MAX_REQUESTS", "max-requests", NULL,
     "a whole number from 1 to 999999999, or unset for no restarts", valid_requests},
    {"LISTEN", "http-socket", ":8080", "address:port or :port", valid_listen},
    {"CONDA_ENV", "standpy-conda-env", NULL, "the name of a folder under ENVS_DIR",
     valid_folder_name},
    {"ENVS_DIR", "standpy-envs-dir", ENVS_DIR_DEFAULT, "an absolute path", valid_absolute_path},
    {"PRELOAD", "standpy-preload", NULL, "module names with commas between, or none",
     valid_modules},
    {"SCRATCH_DIR", "standpy-scratch-dir", NULL, "the absolute path of a folder on a tmpfs",
     valid_absolute_path},
    {"ISOLATION", "standpy-isolation", "namespace", "namespace or process", valid_isolation},
    {"MEMORY_LIMIT", "standpy-memory-limit", NULL, SIZE_ALLOWED ", at least 16m", valid_memory},
    {"SANDBOX", "standpy-sandbox", "auto", "auto, required or off", valid_sandbox},
    {"SCRATCH_EXEC", "standpy-scratch-exec", "off", "on or off", valid_switch},
    {"SCRIPT_ENV_KEEP", "standpy-script-env-keep", NULL, "names of variables with commas between",
     valid_variables},
    {"SCRIPT_ENV_HIDE", "standpy-script-env-hide", NULL, "names of variables with commas between",
     valid_variables},
    {"LOG_LEVEL", "standpy-log-level", "info", LOG_LEVELS_ALLOWED, valid_log_level},
    {"LOG_FORMAT", "standpy-log-format", "text", "text or json", valid_log_format},
    {"REQUEST_SIZE_LIMIT", "standpy-request-size-limit", NULL, SIZE_ALLOWED, valid_size},
};

const struct setting *setting_of_variable(const char *variable)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        if (strcmp(table[i].variable, variable) == 0)
            return &table[i];
    }
    return NULL;
}

const struct setting *setting_of_option(const char *option)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        if (strcmp(table[i].option, option) == 0)
            return &table[i];
    }
    return NULL;
}

bool setting_allows(const struct setting *setting, const char *value)
{
    return !value_flaw(value) && setting->valid(value);
}

const char *setting_near(const char *name)
{
    static const char *const of_files[] = {"ACCESS_TOKEN", "ACCESS_TOKEN_FILE"};
    if (setting_of_variable(name) || strcmp(name, of_files[0]) == 0 ||
        strcmp(name, of_files[1]) == 0)
        return NULL;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        if (near_miss(name, table[i].variable))
            return table[i].variable;
    }
    for (size_t i = 0; i < sizeof(of_files) / sizeof(*of_files); i++) {
        if (near_miss(name, of_files[i]))
            return of_files[i];
    }
    return NULL;
}

void setting_error(const struct setting *setting, const char *name, const char *value, char *line,
                   size_t capacity)
{
    char shown[VALUE_SHOWN];
    const char *flaw = value_flaw(value);
    snprintf(line, capacity, "%s=%s is not allowed: %s%s", name, value_shown(shown, value),
             flaw ? "" : "it must be ", flaw ? flaw : setting->allowed);
}
