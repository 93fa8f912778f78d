#include "settings.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "text.h"

#define MAX_QUEUE 100000

struct error {
    char *line;
    size_t capacity;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct error error, const char *format,
                                                         ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.line, error.capacity, format, arguments);
    va_end(arguments);
    return false;
}

/* "NAME=value is not allowed: …", the value made safe for a line. */
static bool refuse_value(struct error error, const char *name, const char *value,
                         const char *allowed)
{
    char shown[200];
    text_for_log(shown, sizeof(shown), value, strlen(value));
    return refuse(error, "%s=%s is not allowed: it must be %s", name, shown, allowed);
}

static bool parse_number(const char *text, unsigned long from, unsigned long to, unsigned *number)
{
    size_t length = strlen(text);
    if (length == 0 || length > 9 || strspn(text, "0123456789") != length)
        return false;
    unsigned long value = strtoul(text, NULL, 10);
    *number = (unsigned)value;
    return value >= from && value <= to;
}

static bool valid_host(const char *host)
{
    if (host[0] == '\0' || strlen(host) > 253)
        return false;
    for (const char *c = host; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr(".-_:%", *c))
            return false;
    }
    return true;
}

/*
 * Splits host, host:port, [v6] or [v6]:port in place. *port keeps its value where there is none.
 */
static bool split_address(char *text, char **host, unsigned *port)
{
    char *colon;
    if (text[0] == '[') {
        char *bracket = strchr(text, ']');
        if (!bracket || (bracket[1] != '\0' && bracket[1] != ':'))
            return false;
        colon = bracket[1] == ':' ? bracket + 1 : NULL;
        *bracket = '\0';
        *host = text + 1;
    } else {
        colon = strchr(text, ':');
        if (colon && strchr(colon + 1, ':'))
            return false; /* an IPv6 address needs its brackets, or the port is anyone's guess */
        if (colon)
            *colon = '\0';
        *host = text;
    }
    return !colon || parse_number(colon + 1, 1, 65535, port);
}

static bool add_host(struct engine *engine, char *text)
{
    char *name;
    unsigned port = ENGINE_PORT_DEFAULT;
    if (!split_address(text, &name, &port) || !valid_host(name))
        return false;
    struct host *hosts = reallocarray(engine->hosts, engine->host_count + 1, sizeof(*hosts));
    if (!hosts)
        return false;
    engine->hosts = hosts;
    hosts[engine->host_count] = (struct host){strdup(name), port};
    return hosts[engine->host_count++].name != NULL;
}

typedef bool add_item(struct engine *engine, char *text);

/* Calls add for each item of a list with one of the separators between. */
static bool read_list(struct engine *engine, const char *value, const char *separators,
                      add_item *add)
{
    char *copy = strdup(value), *rest = copy, *one;
    bool read = copy != NULL;
    while (read && (one = strsep(&rest, separators)) != NULL)
        read = add(engine, one + strspn(one, " "));
    free(copy);
    return read;
}

/* The middle of ENGINE_<NAME><suffix>, in lower case; NULL where the variable is not of that form.
 */
static char *engine_name(const char *variable, size_t length, const char *suffix)
{
    static const char prefix[] = "ENGINE_";
    size_t affixes = sizeof(prefix) - 1 + strlen(suffix);
    if (length < affixes || strncmp(variable, prefix, sizeof(prefix) - 1) != 0 ||
        strncmp(variable + length - strlen(suffix), suffix, strlen(suffix)) != 0)
        return NULL;
    char *name = strndup(variable + sizeof(prefix) - 1, length - affixes);
    for (char *c = name; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

static bool valid_name(const char *variable, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isupper((unsigned char)variable[i]) && !isdigit((unsigned char)variable[i]) &&
            variable[i] != '_')
            return false;
    }
    return true;
}

static struct engine *find_engine(struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        if (strcmp(settings->engines[i].name, name) == 0)
            return &settings->engines[i];
    }
    return NULL;
}

/* name is taken over. NULL where memory runs out. */
static struct engine *add_engine(struct settings *settings, char *name)
{
    struct engine *engines =
        reallocarray(settings->engines, settings->engine_count + 1, sizeof(*engines));
    if (!engines) {
        free(name);
        return NULL;
    }
    settings->engines = engines;
    engines[settings->engine_count] = (struct engine){.name = name, .queue_limit = QUEUE_DEFAULT};
    return &engines[settings->engine_count++];
}

static bool read_host_variable(struct settings *settings, const char *variable, size_t length,
                               const char *value, struct error error)
{
    char shown[300];
    snprintf(shown, sizeof(shown), "%.*s", length < 250 ? (int)length : 250, variable);
    char *name = engine_name(variable, length, "_HOST");
    if (!name)
        return true;
    if (name[0] == '\0' || !valid_name(variable, length)) {
        free(name);
        return refuse(error,
                      "%s is not allowed: it must be ENGINE_<NAME>_HOST with a name of A-Z, 0-9 "
                      "and _",
                      shown);
    }
    struct engine *engine = find_engine(settings, name);
    if (engine) {
        free(name);
        return refuse(error, "%s is there twice", shown);
    }
    engine = add_engine(settings, name);
    if (!engine)
        return refuse(error, "out of memory");
    if (!read_list(engine, value, ",", add_host))
        return refuse_value(error, shown, value,
                            "host, host:port or [IPv6]:port, or several with commas between");
    return true;
}

/* Visible ASCII without spaces: RFC 6750 allows less, but tokens are made by people. */
static bool valid_token(const char *token)
{
    for (const char *c = token; *c; c++) {
        if (*c <= ' ' || *c > '~')
            return false;
    }
    return token[0] != '\0';
}

static bool add_token(struct engine *engine, char *text)
{
    if (!valid_token(text))
        return false;
    char **tokens = reallocarray(engine->tokens, engine->token_count + 1, sizeof(*tokens));
    if (!tokens)
        return false;
    engine->tokens = tokens;
    tokens[engine->token_count] = strdup(text);
    return tokens[engine->token_count++] != NULL;
}

static void free_tokens(struct engine *engine)
{
    for (size_t i = 0; i < engine->token_count; i++)
        free(engine->tokens[i]);
    free(engine->tokens);
}

/* The engine of ENGINE_<NAME><suffix>: NULL where the variable is not of that form, or there is no
 * such engine, which is an error. */
static struct engine *engine_of(struct settings *settings, const char *variable, size_t length,
                                const char *suffix, struct error error, bool *failed)
{
    *failed = false;
    char *name = engine_name(variable, length, suffix);
    if (!name)
        return NULL;
    struct engine *engine = find_engine(settings, name);
    free(name);
    *failed = !engine && !refuse(error, "%.*s has no ENGINE_<NAME>_HOST of the same name",
                                 length < 250 ? (int)length : 250, variable);
    return engine;
}

static bool read_token_variable(struct settings *settings, const char *variable, size_t length,
                                const char *value, struct error error)
{
    bool failed;
    struct engine *engine = engine_of(settings, variable, length, "_TOKEN", error, &failed);
    int shown = length < 250 ? (int)length : 250;
    if (!engine)
        return !failed;
    if (engine->token_count > 0)
        return refuse(error, "%.*s is there twice", shown, variable);
    return read_list(engine, value, ",", add_token) ||
           refuse(error, "%.*s is not allowed: " TOKENS_ALLOWED, shown, variable);
}

bool settings_are_tokens(const char *text)
{
    struct engine engine = {0};
    bool valid = read_list(&engine, text, ",", add_token);
    free_tokens(&engine);
    return valid;
}

static bool read_queue_variable(struct settings *settings, const char *variable, size_t length,
                                const char *value, struct error error)
{
    bool failed;
    struct engine *engine = engine_of(settings, variable, length, "_QUEUE", error, &failed);
    if (!engine)
        return !failed;
    char shown[300];
    snprintf(shown, sizeof(shown), "%.*s", length < 250 ? (int)length : 250, variable);
    if (engine->queue_is_set)
        return refuse(error, "%s is there twice", shown);
    engine->queue_is_set = true;
    return parse_number(value, 0, MAX_QUEUE, &engine->queue_limit) ||
           refuse_value(error, shown, value, "a whole number from 0 to 100000");
}

static bool read_listen(struct settings *settings, const char *value, struct error error)
{
    char *copy = strdup(value), *host = NULL;
    unsigned port = 0;
    bool read = copy && split_address(copy, &host, &port) && port > 0 &&
                (host[0] == '\0' || valid_host(host));
    if (read && host[0] != '\0') {
        settings->listen_host = strdup(host);
        read = settings->listen_host != NULL;
    }
    settings->listen_port = port;
    free(copy);
    return read || refuse_value(error, "LISTEN", value, "address:port or :port");
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

static bool read_tls(struct settings *settings, char *const *environment, struct error error)
{
    const char *certificate = value_of(environment, "TLS_CERT");
    const char *key = value_of(environment, "TLS_KEY");
    if (!certificate != !key)
        return refuse(error, "%s is missing: TLS needs both TLS_CERT and TLS_KEY",
                      certificate ? "TLS_KEY" : "TLS_CERT");
    if (!certificate)
        return true;
    settings->tls_certificate = strdup(certificate);
    settings->tls_key = strdup(key);
    return (settings->tls_certificate && settings->tls_key) || refuse(error, "out of memory");
}

static bool read_buffer_limit(struct settings *settings, char *const *environment,
                              struct error error)
{
    const char *limit = value_of(environment, "BUFFER_LIMIT");
    settings->buffer_limit = limit ? 0 : BUFFER_LIMIT_DEFAULT;
    return !limit || strcmp(limit, "0") == 0 || size_parse(limit, &settings->buffer_limit) ||
           refuse_value(error, "BUFFER_LIMIT", limit, SIZE_ALLOWED ", or 0 for none");
}

static bool read_plain_variables(struct settings *settings, char *const *environment,
                                 struct error error)
{
    const char *limit = value_of(environment, "REQUEST_SIZE_LIMIT");
    if (limit && !size_parse(limit, &settings->request_size_limit))
        return refuse_value(error, "REQUEST_SIZE_LIMIT", limit, SIZE_ALLOWED);
    if (!read_buffer_limit(settings, environment, error))
        return false;
    const char *threads = value_of(environment, "THREADS");
    if (threads && !parse_number(threads, 1, MAX_THREADS, &settings->threads))
        return refuse_value(error, "THREADS", threads, "a whole number from 1 to 64");
    const char *stop = value_of(environment, "STOP_TIMEOUT");
    settings->stop_timeout = STOP_TIMEOUT_DEFAULT;
    if (stop && !parse_number(stop, 0, 86400, &settings->stop_timeout))
        return refuse_value(error, "STOP_TIMEOUT", stop, "whole seconds from 0 to 86400");
    const char *poll = value_of(environment, "BUSY_POLL");
    settings->busy_poll = BUSY_POLL_DEFAULT;
    if (poll && !parse_number(poll, 0, 1000, &settings->busy_poll))
        return refuse_value(error, "BUSY_POLL", poll, "whole microseconds from 0 to 1000");
    const char *format = value_of(environment, "LOG_FORMAT");
    settings->log_json = format && strcmp(format, "json") == 0;
    if (format && !settings->log_json && strcmp(format, "text") != 0)
        return refuse_value(error, "LOG_FORMAT", format, "text or json");
    if (!read_tls(settings, environment, error))
        return false;
    const char *listen = value_of(environment, "LISTEN");
    return read_listen(settings, listen ? listen : LISTEN_DEFAULT, error);
}

bool settings_know(const char *name)
{
    static const char *const plain[] = {"BUFFER_LIMIT", "BUSY_POLL",          "LISTEN",
                                        "LOG_FORMAT",   "REQUEST_SIZE_LIMIT", "STOP_TIMEOUT",
                                        "THREADS",      "TLS_CERT",           "TLS_KEY"};
    static const char *const of_engines[] = {"_HOST", "_TOKEN", "_TOKEN_FILE", "_QUEUE"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
        if (strcmp(plain[i], name) == 0)
            return true;
    }
    bool known = false;
    for (size_t i = 0; !known && i < sizeof(of_engines) / sizeof(*of_engines); i++) {
        char *engine = engine_name(name, strlen(name), of_engines[i]);
        known = engine != NULL;
        free(engine);
    }
    return known;
}

typedef bool read_variable(struct settings *settings, const char *variable, size_t length,
                           const char *value, struct error error);

static bool read_all(struct settings *settings, char *const *environment, read_variable *read,
                     struct error error)
{
    for (; *environment; environment++) {
        const char *equals = strchr(*environment, '=');
        if (equals &&
            !read(settings, *environment, (size_t)(equals - *environment), equals + 1, error))
            return false;
    }
    return true;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct engine *)left)->name, ((const struct engine *)right)->name);
}

bool settings_read(struct settings *settings, char *const *environment, char *line, size_t capacity)
{
    struct error error = {line, capacity};
    *settings = (struct settings){0};
    /* Hosts first: tokens belong to engines, in whatever order the variables stand. */
    if (!read_all(settings, environment, read_host_variable, error) ||
        !read_all(settings, environment, read_token_variable, error) ||
        !read_all(settings, environment, read_queue_variable, error) ||
        !read_plain_variables(settings, environment, error))
        return false;
    if (settings->engine_count == 0)
        return refuse(error, "there is no engine: set ENGINE_<NAME>_HOST=<host> at least once");
    qsort(settings->engines, settings->engine_count, sizeof(*settings->engines), by_name);
    return true;
}

void settings_finish(struct settings *settings)
{
    for (size_t i = 0; i < settings->engine_count; i++) {
        struct engine *engine = &settings->engines[i];
        for (size_t j = 0; j < engine->host_count; j++)
            free(engine->hosts[j].name);
        free(engine->hosts);
        free_tokens(engine);
        free(engine->name);
    }
    free(settings->engines);
    free(settings->listen_host);
    free(settings->tls_certificate);
    free(settings->tls_key);
    *settings = (struct settings){0};
}
