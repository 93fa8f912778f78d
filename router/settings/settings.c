#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "engine_settings.h"

#define AT(member, type) SETTING_PLACE(struct settings, member, type)

static const struct setting_choice switches[] = {{"on", true}, {"off", false}, {NULL, 0}};

const struct setting settings_table[] = {
    {
        .name = "REQUEST_SIZE_LIMIT",
        .help = "largest request body",
        .unset = "no limit",
        .kind = SETTING_SIZE,
        .place = AT(request_size_limit, uint64_t),
        .from = 1,
    },
    {
        .name = "BUFFER_LIMIT",
        .help = "total memory that buffers what clients send or take slowly",
        .standard = "256m",
        .kind = SETTING_SIZE,
        .place = AT(buffer_limit, uint64_t),
        .otherwise = "0 for none",
    },
    {
        .name = "THREADS",
        .help = "loops, each on a thread of its own",
        .unset = "one for each four processors",
        .kind = SETTING_NUMBER,
        .place = AT(threads, unsigned),
        .from = 1,
        .to = MAX_THREADS,
    },
    {
        .name = "STOP_TIMEOUT",
        .help = "how long requests in flight may take to finish when the router stops",
        .more = "Docker kills after 10 s",
        .standard = "9",
        .kind = SETTING_NUMBER,
        .place = AT(stop_timeout, unsigned),
        .to = 86400,
        .unit = "seconds",
    },
    {
        .name = "BUSY_POLL",
        .help = "how long a loop looks for the next event before it sleeps; 0: not at all",
        .more = "It does so while fewer requests are in flight than there are processors. That "
                "makes single requests a fifth faster and costs a third more processor time for "
                "each",
        .standard = "150", /* time for a short script and its way there and back */
        .kind = SETTING_NUMBER,
        .place = AT(busy_poll, unsigned),
        .to = 1000,
        .unit = "microseconds",
    },
    {
        .name = "LISTEN",
        .help = "address to listen on",
        .standard = ":80",
        .kind = SETTING_ADDRESS,
        .place = AT(listen, struct host_port),
    },
    {
        .name = "TLS_CERT",
        .help = "certificate with its chain; together with `TLS_KEY`",
        .more = "Clients then come by HTTPS: TLS 1.3, or 1.2 with forward secrecy and AEAD "
                "ciphers. Engines are always reached by HTTP",
        .unset = "plain HTTP",
        .kind = SETTING_TEXT,
        .place = AT(tls_certificate, const char *),
        .allowed = "the path of a PEM file",
    },
    {
        .name = "TLS_KEY",
        .help = "its key, without a passphrase",
        .unset = "plain HTTP",
        .kind = SETTING_TEXT,
        .place = AT(tls_key, const char *),
        .allowed = "the path of a PEM file",
    },
    {
        .name = "TRUST_FORWARDED",
        .help =
            "whether `X-Forwarded-Proto`, `-Host` and `-Prefix` of clients reach WSGI applications",
        .more = "`on` if all clients come through a proxy that sets or removes these fields",
        .standard = "off",
        .kind = SETTING_SWITCH,
        .place = AT(trusts_forwarded, bool),
        .choices = switches,
    },
    {
        .name = "LOG_FORMAT",
        .help = "form of the access log",
        .standard = "text",
        .kind = SETTING_SWITCH,
        .place = AT(log_json, bool),
        .choices = log_formats,
    },
    {
        .name = "LOG_LEVEL",
        .help = "which requests have a line in the log",
        .more = "`debug`: all; `info`: all but probes (`GET` of `/healthz`, `/readyz`, `/metrics`, "
                "`/info`) that went well; `warning`: those answered with 400 or more; `error`: "
                "with 500 or more",
        .standard = "info",
        .kind = SETTING_CHOICE,
        .place = AT(log_level, unsigned),
        .choices = log_levels,
    },
    {
        .name = "CONFIG", /* configuration.c has already read it */
        .help = "a file with more settings",
        .unset = "none",
        .kind = SETTING_TEXT,
        .allowed = "the path of a JSON file",
    },
    {.name = NULL},
};

bool settings_know(const char *name)
{
    return setting_find(settings_table, name) || engine_settings_know(name);
}

/* NULL if it is unset or empty. */
static const char *value_of(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return (*environment)[length + 1] == '\0' ? NULL : *environment + length + 1;
    }
    return NULL;
}

static bool read_table(struct settings *settings, char *const *environment,
                       struct setting_error error)
{
    for (const struct setting *setting = settings_table; setting->name; setting++) {
        const char *value = value_of(environment, setting->name);
        if (value && !setting_take(setting, setting->name, value, settings, error))
            return false;
    }
    return true;
}

static bool check_tls(const struct settings *settings, struct setting_error error)
{
    return !settings->tls_certificate == !settings->tls_key ||
           setting_refuse(error, "%s is missing: TLS needs both TLS_CERT and TLS_KEY",
                          settings->tls_certificate ? "TLS_KEY" : "TLS_CERT");
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct engine *)left)->name, ((const struct engine *)right)->name);
}

bool settings_read(struct settings *settings, char *const *environment, struct setting_error error)
{
    *settings = (struct settings){0};
    if (!setting_take_standards(settings_table, settings, error) ||
        !engine_settings_read(settings, environment, error) ||
        !read_table(settings, environment, error) || !check_tls(settings, error))
        return false;
    if (settings->engine_count == 0)
        return setting_refuse(error,
                              "there is no engine: set ENGINE_<NAME>_HOST=<host> at least once");
    qsort(settings->engines, settings->engine_count, sizeof(*settings->engines), by_name);
    return true;
}

void settings_finish(struct settings *settings)
{
    engine_settings_finish(settings);
    setting_release(settings_table, settings);
    *settings = (struct settings){0};
}
