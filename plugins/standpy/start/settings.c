#include "settings.h"

#include <ctype.h>
#include <string.h>

#define AT(member, type) SETTING_PLACE(struct settings, member, type)

static bool is_folder_name(const char *value)
{
    return value[0] != '\0' && !strchr(value, '/') && strcmp(value, ".") != 0 &&
           strcmp(value, "..") != 0;
}

static bool is_absolute_path(const char *value)
{
    return value[0] == '/';
}

/* Says whether value is a comma-separated list of identifiers; dotted: they may contain dots. */
static bool are_names(const char *value, bool dotted)
{
    bool expect_name = true;
    for (const char *c = value; *c; c++) {
        if (*c == ',' || (dotted && *c == '.')) {
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

/* "none", which means no module, looks like a module's name. */
static bool are_modules(const char *value)
{
    return are_names(value, true);
}

static bool are_variables(const char *value)
{
    return are_names(value, false);
}

/* module:callable; the callable may be an attribute of an attribute. */
static bool is_application(const char *value)
{
    char copy[256];
    size_t length = strlen(value);
    if (length >= sizeof(copy))
        return false;
    memcpy(copy, value, length + 1);
    char *colon = strchr(copy, ':');
    if (colon)
        *colon = '\0';
    return !strchr(copy, ',') && are_names(copy, true) &&
           (!colon || (!strchr(colon + 1, ',') && are_names(colon + 1, true)));
}

/* A path of plain segments; "/" alone is one, too. */
static bool is_mount(const char *value)
{
    size_t length = strlen(value);
    if (value[0] != '/' || length > 200 || strstr(value, "//") || strstr(value, "/."))
        return false;
    for (const char *c = value; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr("/-_.~", *c))
            return false;
    }
    return length == 1 || value[length - 1] != '/';
}

static const struct setting_choice isolations[] = {
    {"namespace", ISOLATION_NAMESPACE}, {"process", ISOLATION_PROCESS}, {NULL, 0}};

static const struct setting_choice sandboxes[] = {
    {"auto", SANDBOX_AUTO}, {"required", SANDBOX_REQUIRED}, {"off", SANDBOX_OFF}, {NULL, 0}};

static const struct setting_choice switches[] = {{"on", true}, {"off", false}, {NULL, 0}};

const struct setting settings_table[] = {
    {
        .name = "CONDA_ENV",
        .option = "standpy-conda-env",
        .help = "Python environment of the scripts",
        .unset = "the `python3` on `PATH`",
        .kind = SETTING_TEXT,
        .place = AT(conda_env, const char *),
        .valid = is_folder_name,
        .allowed = "the name of a folder under ENVS_DIR",
    },
    {
        .name = "ENVS_DIR",
        .option = "standpy-envs-dir",
        .help = "folder of the Python environments",
        .standard = "/opt/coding-shared/envs",
        .kind = SETTING_TEXT,
        .place = AT(envs_dir, const char *),
        .valid = is_absolute_path,
        .allowed = "an absolute path",
    },
    {
        .name = "WORKERS",
        .option = "workers",
        .help = "interpreters; each runs one script at a time",
        .standard = "1",
        .kind = SETTING_NUMBER,
        .from = 1,
        .to = 1024,
    },
    {
        .name = "TIMEOUT",
        .option = "harakiri",
        .help = "how long a script may run; then it is stopped and answered 504",
        .more = "uWSGI's own harakiri follows 10 s later, as a backstop",
        .standard = "30",
        .kind = SETTING_NUMBER,
        .from = 1,
        .to = 86400,
        .unit = "seconds",
    },
    {
        .name = "MAX_REQUESTS",
        .option = "max-requests",
        .help = "requests after which a worker gets a new process",
        .more = "Each worker takes up to an eighth fewer, so that not all restart together; the "
                "next process is forked ahead",
        .unset = "never",
        .kind = SETTING_NUMBER,
        .from = 1,
        .to = 999999999,
        .otherwise = "unset for no restarts",
    },
    {
        .name = "STOP_TIMEOUT",
        .option = "worker-reload-mercy",
        .help = "how long `SIGTERM` lets scripts finish",
        .standard = "30",
        .kind = SETTING_NUMBER,
        .from = 1,
        .to = 86400,
        .unit = "seconds",
    },
    {
        .name = "LISTEN",
        .option = "http-socket",
        .help = "address to listen on",
        .standard = ":8080",
        .kind = SETTING_ADDRESS,
    },
    {
        .name = "PRELOAD",
        .option = "standpy-preload",
        .help = "modules to import once, before processes are forked",
        .unset = "those of " PRELOAD_DEFAULT " that the environment has",
        .kind = SETTING_TEXT,
        .place = AT(preload, const char *),
        .valid = are_modules,
        .allowed = "module names with commas between, or none",
    },
    {
        .name = "PRELOAD_LEARN",
        .option = "standpy-preload-learn",
        .help = "whether to import in advance modules that scripts often import",
        .more = "Only modules of the environment's packages that pass a trial; the log names them",
        .standard = "on",
        .kind = SETTING_SWITCH,
        .place = AT(preload_learn, bool),
        .choices = switches,
    },
    {
        .name = "SCRATCH_DIR",
        .option = "standpy-scratch-dir",
        .help = "where scripts have their files",
        .unset = "`/tmp` if it is a tmpfs, else `/dev/shm`",
        .kind = SETTING_TEXT,
        .place = AT(scratch_dir, const char *),
        .valid = is_absolute_path,
        .allowed = "the absolute path of a folder on a tmpfs",
    },
    {
        .name = "REQUEST_SIZE_LIMIT",
        .option = "standpy-request-size-limit",
        .help = "largest request body",
        .unset = "no limit",
        .kind = SETTING_SIZE,
        .place = AT(request_size_limit, uint64_t),
        .from = 1,
    },
    {
        .name = "KEEP_LIMIT",
        .option = "standpy-keep-limit",
        .help = "memory for inputs that are kept for later requests",
        .more = "The least recently used go first; 0: nothing is kept",
        .standard = "256m",
        .kind = SETTING_SIZE,
        .place = AT(keep_limit, uint64_t),
        .from = 0,
    },
    {
        .name = "MEMORY_LIMIT",
        .option = "standpy-memory-limit",
        .help = "memory of each worker",
        .more = "A script that wants more gets a `MemoryError`; a worker that keeps more than half "
                "of it forgets what `rm_init` returned or, if that is not enough, is replaced",
        .unset = "no limit",
        .kind = SETTING_SIZE,
        .place = AT(memory_limit, uint64_t),
        .from = UINT64_C(16) << 20, /* an interpreter alone needs most of that */
    },
    {
        .name = "ISOLATION",
        .option = "standpy-isolation",
        .help = "what keeps one script from the next",
        .more = "`namespace`: a fresh module; `process`: a process of its own, forked ahead",
        .standard = "namespace",
        .kind = SETTING_CHOICE,
        .place = AT(isolation, unsigned),
        .choices = isolations,
    },
    {
        .name = "SANDBOX",
        .option = "standpy-sandbox",
        .help = "whether Landlock and a filter of system calls confine scripts",
        .more =
            "`auto`: as far as the kernel can; `required`: the engine starts only if the kernel "
            "can do all of it; `off`: never",
        .standard = "auto",
        .kind = SETTING_CHOICE,
        .place = AT(sandbox, unsigned),
        .choices = sandboxes,
    },
    {
        .name = "SCRATCH_EXEC",
        .option = "standpy-scratch-exec",
        .help = "whether scripts may execute programs that they write to their scratch folder",
        .more = "Its tmpfs has to allow that, too (in Docker `/tmp:exec`)",
        .standard = "off",
        .kind = SETTING_SWITCH,
        .place = AT(scratch_exec, bool),
        .choices = switches,
    },
    {
        .name = "WSGI_APP",
        .option = "standpy-wsgi-app",
        .help = "WSGI application to serve, as `module:callable`",
        .more = "`application` if no callable is named",
        .unset = "none",
        .kind = SETTING_TEXT,
        .place = AT(wsgi_app, const char *),
        .valid = is_application,
        .allowed = "module:callable, as in dashboard:server",
    },
    {
        .name = "APP_DIR",
        .option = "standpy-app-dir",
        .help = "folder in which the application is looked for before the environment",
        .more = "It can read that folder, and scripts cannot",
        .unset = "the environment alone",
        .kind = SETTING_TEXT,
        .place = AT(app_dir, const char *),
        .valid = is_absolute_path,
        .allowed = "an absolute path",
    },
    {
        .name = "WSGI_MOUNT",
        .option = "standpy-wsgi-mount",
        .help = "path under which the application is",
        .more = "The engine's own paths go first",
        .standard = "/app",
        .kind = SETTING_TEXT,
        .place = AT(wsgi_mount, const char *),
        .valid = is_mount,
        .allowed = "a path such as /app, or / alone",
    },
    {
        .name = "WSGI_WORKERS",
        .option = "standpy-wsgi-workers",
        .help = "requests that the application takes at a time",
        .more = "Their processes are beside those of `WORKERS`",
        .unset = "as many as `WORKERS`",
        .kind = SETTING_NUMBER,
        .place = AT(wsgi_workers, unsigned),
        .from = 1,
        .to = 1024,
    },
    {
        .name = "WSGI_TIMEOUT",
        .option = "standpy-wsgi-timeout",
        .help =
            "how long the application may take to begin its answer, and then to each piece of it",
        .unset = "as `TIMEOUT`",
        .kind = SETTING_NUMBER,
        .place = AT(wsgi_timeout, unsigned),
        .from = 1,
        .to = 86400,
        .unit = "seconds",
    },
    {
        .name = "WSGI_APP_REQUIRED",
        .option = "standpy-wsgi-app-required",
        .help = "whether the engine starts only if the application can be loaded",
        .more = "`off`: its paths answer 503 until it can be",
        .standard = "on",
        .kind = SETTING_SWITCH,
        .place = AT(wsgi_required, bool),
        .choices = switches,
    },
    {
        .name = "WSGI_TRUST_FORWARDED",
        .option = "standpy-wsgi-trust-forwarded",
        .help = "whether the application believes `X-Forwarded-…` of everyone",
        .more = "`off`: only if the request has the engine's token as Bearer token, as the "
                "router's have",
        .standard = "off",
        .kind = SETTING_SWITCH,
        .place = AT(wsgi_trusts, bool),
        .choices = switches,
    },
    {
        .name = "SCRIPT_ENV_KEEP",
        .option = "standpy-script-env-keep",
        .help = "variables that scripts see although they look like secrets",
        .unset = "none",
        .kind = SETTING_TEXT,
        .place = AT(env_keep, const char *),
        .valid = are_variables,
        .allowed = "names of variables with commas between",
    },
    {
        .name = "SCRIPT_ENV_HIDE",
        .option = "standpy-script-env-hide",
        .help = "variables that scripts do not see",
        .unset = "none",
        .kind = SETTING_TEXT,
        .place = AT(env_hide, const char *),
        .valid = are_variables,
        .allowed = "names of variables with commas between",
    },
    {
        .name = "LOG_LEVEL",
        .option = "standpy-log-level",
        .help = "which requests have a line in the log",
        .more = "`debug`: all; `info`: all but probes (`GET` of `/healthz`, `/info`, `/metrics`) "
                "that went well; `warning`: those answered with 400 or more; `error`: with 500 or "
                "more",
        .standard = "info",
        .kind = SETTING_CHOICE,
        .place = AT(log_level, unsigned),
        .choices = log_levels,
    },
    {
        .name = "LOG_FORMAT",
        .option = "standpy-log-format",
        .help = "form of the lines of requests",
        .more = "uWSGI's own and the engine's other lines stay text",
        .standard = "text",
        .kind = SETTING_SWITCH,
        .place = AT(log_json, bool),
        .choices = log_formats,
    },
    {
        .name = "ACCESS_TOKEN",
        .help = "the engine's own tokens; any of them opens it",
        .more = "Only `/healthz` answers a request without one",
        .unset = "the engine is open",
        .kind = SETTING_TOKENS,
    },
    {
        .name = "ACCESS_TOKEN_FILE",
        .help = "the same, from files; not together with `ACCESS_TOKEN`",
        .unset = "none",
        .kind = SETTING_TOKEN_FILE,
    },
    {.name = NULL},
};

bool setting_is_own(const struct setting *setting)
{
    return setting->option && strncmp(setting->option, "standpy-", strlen("standpy-")) == 0;
}

const struct setting *setting_of_option(const char *option)
{
    for (const struct setting *setting = settings_table; setting->name; setting++) {
        if (setting->option && strcmp(setting->option, option) == 0)
            return setting;
    }
    return NULL;
}
