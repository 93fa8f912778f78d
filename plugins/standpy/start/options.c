/* The plugin's uWSGI options, and the environment variables that stand for them. */
#include "options.h"

#include "size.h"

extern struct uwsgi_server uwsgi;

struct settings settings = {.envs_dir = ENVS_DIR_DEFAULT};

void refuse_start(const char *why)
{
    uwsgi.logdate = 0; /* the line that an administrator, or a script, looks for */
    uwsgi_log("standpy: %s\n", why);
    exit(1);
}

static void check_value(const struct setting *setting, const char *name, const char *value)
{
    if (setting_allows(setting, value))
        return;
    char line[512];
    setting_error(setting, name, value, line, sizeof(line));
    refuse_start(line);
}

static void read_size(const char *value, uint64_t *size)
{
    if (!size_parse(value, size))
        refuse_start("a size was checked but cannot be read"); /* cannot happen */
}

static void apply_option(const char *option, const char *value)
{
    if (strcmp(option, "standpy-conda-env") == 0)
        settings.conda_env = value;
    else if (strcmp(option, "standpy-envs-dir") == 0)
        settings.envs_dir = value;
    else if (strcmp(option, "standpy-preload") == 0)
        settings.preload = value;
    else if (strcmp(option, "standpy-scratch-dir") == 0)
        settings.scratch_dir = value;
    else if (strcmp(option, "standpy-isolation") == 0)
        settings.isolation =
            strcmp(value, "process") == 0 ? ISOLATION_PROCESS : ISOLATION_NAMESPACE;
    else if (strcmp(option, "standpy-sandbox") == 0)
        settings.sandbox = strcmp(value, "off") == 0        ? SANDBOX_OFF
                           : strcmp(value, "required") == 0 ? SANDBOX_REQUIRED
                                                            : SANDBOX_AUTO;
    else if (strcmp(option, "standpy-log-level") == 0)
        log_level_parse(value, &settings.log_level);
    else if (strcmp(option, "standpy-log-format") == 0)
        settings.log_json = strcmp(value, "json") == 0;
    else if (strcmp(option, "standpy-scratch-exec") == 0)
        settings.scratch_exec = strcmp(value, "on") == 0;
    else if (strcmp(option, "standpy-script-env-keep") == 0)
        settings.env_keep = value;
    else if (strcmp(option, "standpy-script-env-hide") == 0)
        settings.env_hide = value;
    else if (strcmp(option, "standpy-memory-limit") == 0)
        read_size(value, &settings.memory_limit);
    else
        read_size(value, &settings.request_size_limit);
}

static void read_own_option(char *option, char *value, void *nothing)
{
    (void)nothing;
    char name[64];
    snprintf(name, sizeof(name), "--%s", option);
    check_value(setting_of_option(option), name, value);
    apply_option(option, value);
}

/* standpy-from-env = VARIABLE: sets the option that belongs to the variable. */
static void read_variable(char *option, char *variable, void *nothing)
{
    (void)option;
    (void)nothing;
    const struct setting *setting = setting_of_variable(variable);
    if (!setting) {
        char line[256];
        snprintf(line, sizeof(line), "standpy-from-env: there is no variable %.100s", variable);
        refuse_start(line);
    }
    const char *value = getenv(variable);
    if (!value || value[0] == '\0')
        value = setting->fallback;
    if (!value)
        return;
    check_value(setting, variable, value);
    if (strncmp(setting->option, "standpy-", 8) == 0)
        apply_option(setting->option, value);
    else
        add_exported_option(uwsgi_str((char *)(uintptr_t)setting->option),
                            uwsgi_str((char *)(uintptr_t)value), 0);
}

void warn_of_near_misses(void)
{
    for (char **variable = environ; *variable; variable++) {
        char name[64];
        size_t length = strcspn(*variable, "=");
        if (length >= sizeof(name))
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)length, *variable);
        const char *meant = setting_near(name);
        if (meant)
            uwsgi_log("standpy: warning: %s is not the name of a setting; did you mean %s?\n", name,
                      meant);
    }
}

/* Without its sockets: who connected to one of a check's would be reset at its end. */
static void check_only(char *option, char *value, void *nothing)
{
    (void)option;
    (void)value;
    (void)nothing;
    settings.check_only = true;
    uwsgi.no_server = 1;
}

struct uwsgi_option standpy_options[] = {
    {TEXT("standpy-from-env"), required_argument, 0,
     TEXT("read the named environment variable and set the option that belongs to it"),
     read_variable, NULL, 0},
    {TEXT("standpy-conda-env"), required_argument, 0,
     TEXT("name of the Python environment, a folder under standpy-envs-dir"), read_own_option, NULL,
     0},
    {TEXT("standpy-envs-dir"), required_argument, 0,
     TEXT("folder of the Python environments (default " ENVS_DIR_DEFAULT ")"), read_own_option,
     NULL, 0},
    {TEXT("standpy-preload"), required_argument, 0,
     TEXT("modules to import before workers fork, or none (default: those of " PRELOAD_DEFAULT
          " that the environment has)"),
     read_own_option, NULL, 0},
    {TEXT("standpy-scratch-dir"), required_argument, 0,
     TEXT("folder on a tmpfs for the files of scripts (default /tmp if it is one, else /dev/shm)"),
     read_own_option, NULL, 0},
    {TEXT("standpy-isolation"), required_argument, 0,
     TEXT("what keeps one script from the next: namespace (default) or process"), read_own_option,
     NULL, 0},
    {TEXT("standpy-memory-limit"), required_argument, 0,
     TEXT("memory of each worker, such as 500m, 2g (default: no limit)"), read_own_option, NULL, 0},
    {TEXT("standpy-sandbox"), required_argument, 0,
     TEXT("confine scripts by Landlock: auto (default), required or off"), read_own_option, NULL,
     0},
    {TEXT("standpy-log-level"), required_argument, 0,
     TEXT("requests that have a line: debug, info (default: no probes), warning or error"),
     read_own_option, NULL, 0},
    {TEXT("standpy-log-format"), required_argument, 0,
     TEXT("form of the lines of requests: text (default) or json"), read_own_option, NULL, 0},
    {TEXT("standpy-scratch-exec"), required_argument, 0,
     TEXT("whether scripts may execute programs that they write: on or off (default)"),
     read_own_option, NULL, 0},
    {TEXT("standpy-script-env-keep"), required_argument, 0,
     TEXT("variables that scripts see although they look like secrets"), read_own_option, NULL, 0},
    {TEXT("standpy-script-env-hide"), required_argument, 0,
     TEXT("variables that scripts do not see"), read_own_option, NULL, 0},
    {TEXT("standpy-request-size-limit"), required_argument, 0,
     TEXT("largest request body, such as 500k, 1m, 2g (default: no limit)"), read_own_option, NULL,
     0},
    {TEXT("standpy-check"), no_argument, 0,
     TEXT("find out whether the engine can start, say why not, and exit"), check_only, NULL, 0},
    {NULL, 0, 0, NULL, NULL, NULL, 0},
};
