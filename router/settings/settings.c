#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_settings.h"
#include "settings_parse.h"
#include "size.h"
#include "value.h"

static bool read_listen(struct settings *settings, const char *value, struct settings_error error)
{
    char *copy = strdup(value), *host = NULL;
    unsigned port = 0;
    bool read = copy && settings_split_address(copy, &host, &port) && port > 0 &&
                (host[0] == '\0' || settings_valid_host(host));
    if (read && host[0] != '\0') {
        settings->listen_host = strdup(host);
        read = settings->listen_host != NULL;
    }
    settings->listen_port = port;
    free(copy);
    return read || settings_refuse_value(error, "LISTEN", value, "address:port or :port");
}

static const char *value_of(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return (*environment)[length + 1] == '\0' ? NULL : *environment + length + 1;
    }
    return NULL;
}

static bool read_tls(struct settings *settings, char *const *environment,
                     struct settings_error error)
{
    const char *certificate = value_of(environment, "TLS_CERT");
    const char *key = value_of(environment, "TLS_KEY");
    if (!certificate != !key)
        return settings_refuse(error, "%s is missing: TLS needs both TLS_CERT and TLS_KEY",
                               certificate ? "TLS_KEY" : "TLS_CERT");
    if (!certificate)
        return true;
    settings->tls_certificate = strdup(certificate);
    settings->tls_key = strdup(key);
    return (settings->tls_certificate && settings->tls_key) ||
           settings_refuse(error, "out of memory");
}

static bool read_buffer_limit(struct settings *settings, char *const *environment,
                              struct settings_error error)
{
    const char *limit = value_of(environment, "BUFFER_LIMIT");
    settings->buffer_limit = limit ? 0 : BUFFER_LIMIT_DEFAULT;
    return !limit || strcmp(limit, "0") == 0 || size_parse(limit, &settings->buffer_limit) ||
           settings_refuse_value(error, "BUFFER_LIMIT", limit, SIZE_ALLOWED ", or 0 for none");
}

static bool read_plain_variables(struct settings *settings, char *const *environment,
                                 struct settings_error error)
{
    const char *limit = value_of(environment, "REQUEST_SIZE_LIMIT");
    if (limit && !size_parse(limit, &settings->request_size_limit))
        return settings_refuse_value(error, "REQUEST_SIZE_LIMIT", limit, SIZE_ALLOWED);
    if (!read_buffer_limit(settings, environment, error))
        return false;
    const char *threads = value_of(environment, "THREADS");
    if (threads && !settings_parse_number(threads, 1, MAX_THREADS, &settings->threads))
        return settings_refuse_value(error, "THREADS", threads, "a whole number from 1 to 64");
    const char *stop = value_of(environment, "STOP_TIMEOUT");
    settings->stop_timeout = STOP_TIMEOUT_DEFAULT;
    if (stop && !settings_parse_number(stop, 0, 86400, &settings->stop_timeout))
        return settings_refuse_value(error, "STOP_TIMEOUT", stop, "whole seconds from 0 to 86400");
    const char *poll = value_of(environment, "BUSY_POLL");
    settings->busy_poll = BUSY_POLL_DEFAULT;
    if (poll && !settings_parse_number(poll, 0, 1000, &settings->busy_poll))
        return settings_refuse_value(error, "BUSY_POLL", poll, "whole microseconds from 0 to 1000");
    const char *format = value_of(environment, "LOG_FORMAT");
    settings->log_json = format && strcmp(format, "json") == 0;
    if (format && !settings->log_json && strcmp(format, "text") != 0)
        return settings_refuse_value(error, "LOG_FORMAT", format, "text or json");
    const char *level = value_of(environment, "LOG_LEVEL");
    if (level && !log_level_parse(level, &settings->log_level))
        return settings_refuse_value(error, "LOG_LEVEL", level, LOG_LEVELS_ALLOWED);
    if (!read_tls(settings, environment, error))
        return false;
    const char *listen = value_of(environment, "LISTEN");
    return read_listen(settings, listen ? listen : LISTEN_DEFAULT, error);
}

static const char *const plain[] = {
    "BUFFER_LIMIT",       "BUSY_POLL",    "CONFIG",  "LISTEN",   "LOG_FORMAT", "LOG_LEVEL",
    "REQUEST_SIZE_LIMIT", "STOP_TIMEOUT", "THREADS", "TLS_CERT", "TLS_KEY",    NULL};

const char *const *settings_plain_names(void)
{
    return plain;
}

bool settings_know(const char *name)
{
    for (size_t i = 0; plain[i]; i++) {
        if (strcmp(plain[i], name) == 0)
            return true;
    }
    return engine_settings_know(name);
}

/* Quotes and blanks around a value are in nobody's mind. A token is not shown. */
static bool check_value(const char *variable, struct settings_error error)
{
    char name[SETTINGS_LONGEST_NAME + 1], shown[VALUE_SHOWN];
    const char *equals = strchr(variable, '=');
    const char *flaw = equals ? value_flaw(equals + 1) : NULL;
    if (!flaw || equals - variable > SETTINGS_LONGEST_NAME)
        return true;
    snprintf(name, sizeof(name), "%.*s", (int)(equals - variable), variable);
    if (!settings_know(name))
        return true;
    if (engine_settings_is_secret(name))
        return settings_refuse(error, "%s is not allowed: %s", name, flaw);
    return settings_refuse(error, "%s=%s is not allowed: %s", name, value_shown(shown, equals + 1),
                           flaw);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct engine *)left)->name, ((const struct engine *)right)->name);
}

bool settings_read(struct settings *settings, char *const *environment, char *line, size_t capacity)
{
    struct settings_error error = {line, capacity};
    *settings = (struct settings){0};
    for (char *const *variable = environment; *variable; variable++) {
        if (!check_value(*variable, error))
            return false;
    }
    if (!engine_settings_read(settings, environment, error) ||
        !read_plain_variables(settings, environment, error))
        return false;
    if (settings->engine_count == 0)
        return settings_refuse(error,
                               "there is no engine: set ENGINE_<NAME>_HOST=<host> at least once");
    qsort(settings->engines, settings->engine_count, sizeof(*settings->engines), by_name);
    return true;
}

void settings_finish(struct settings *settings)
{
    engine_settings_finish(settings);
    free(settings->listen_host);
    free(settings->tls_certificate);
    free(settings->tls_key);
    *settings = (struct settings){0};
}
