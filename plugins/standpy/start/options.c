/* The plugin's uWSGI options, and the environment variables that stand for them. */
#include "options.h"

#include "setting_text.h"

#define OPTIONS 48 /* room for the last one, which has no name */

extern struct uwsgi_server uwsgi;

struct settings settings;

void refuse_start(const char *why)
{
    uwsgi.logdate = 0; /* administrators and their scripts look for this line, without a time */
    uwsgi_log("standpy: %s\n", why);
    exit(1);
}

/* name: the name of the variable or of the option. */
static void take(const struct setting *setting, const char *name, const char *value)
{
    char line[512] = "";
    if (!setting_take(setting, name, value, &settings, (struct setting_error){line, sizeof(line)}))
        refuse_start(line);
}

static void read_own_option(char *option, char *value, void *setting)
{
    char name[64];
    snprintf(name, sizeof(name), "--%s", option);
    take(setting, name, value);
}

static void read_variable(const struct setting *setting)
{
    const char *value = getenv(setting->name);
    if (!value || value[0] == '\0')
        value = setting->standard;
    if (!value)
        return;
    take(setting, setting->name, value);
    if (!setting_is_own(setting))
        add_exported_option(uwsgi_str(TEXT(setting->option)), uwsgi_str(TEXT(value)), 0);
}

/* standpy-from-env = all, or one VARIABLE: sets the option that belongs to it. */
static void read_variables(char *option, char *variable, void *nothing)
{
    (void)option;
    (void)nothing;
    bool all = strcmp(variable, "all") == 0, found = all;
    for (const struct setting *setting = settings_table; setting->name; setting++) {
        if (!setting->option || (!all && strcmp(setting->name, variable) != 0))
            continue;
        read_variable(setting);
        found = true;
    }
    if (found)
        return;
    char line[256];
    snprintf(line, sizeof(line), "standpy-from-env: there is no variable %.100s", variable);
    refuse_start(line);
}

void warn_of_near_misses(void)
{
    for (char **variable = environ; *variable; variable++) {
        char name[64];
        size_t length = strcspn(*variable, "=");
        if (length >= sizeof(name))
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)length, *variable);
        const struct setting *meant =
            setting_find(settings_table, name) ? NULL : setting_near(settings_table, name);
        if (meant)
            uwsgi_log("standpy: warning: %s is not the name of a setting; did you mean %s?\n", name,
                      meant->name);
    }
}

static void check_range(const char *option, int value)
{
    const struct setting *setting = setting_of_option(option);
    char allowed[SETTING_ALLOWED], line[SETTING_ALLOWED + 64];
    if (value >= (int)setting->from && value <= (int)setting->to)
        return;
    snprintf(line, sizeof(line), "--%s must be %s", option, setting_allowed(allowed, setting));
    refuse_start(line);
}

void check_options(void)
{
    check_range("workers", uwsgi.numproc);
    check_range("harakiri", uwsgi.harakiri_options.workers);
    if (uwsgi.threads > 1 || uwsgi.async > 1)
        refuse_start("an interpreter runs one script at a time: --threads and --async must stay 1; "
                     "use --workers");
    if (uwsgi.loop)
        refuse_start("--loop is not allowed: the front has a loop of its own");
    if (uwsgi.lazy || uwsgi.lazy_apps)
        refuse_start("--lazy and --lazy-apps are not allowed: runners fork from the warm zygote");
    if (uwsgi.cheaper)
        refuse_start("--cheaper is not allowed: the number of workers is fixed");
}

/* Drops the sockets: a client that connected to one during a check would be reset at its end. */
static void check_only(char *option, char *value, void *nothing)
{
    (void)option;
    (void)value;
    (void)nothing;
    settings.check_only = true;
    uwsgi.no_server = 1;
}

__attribute__((noreturn)) static void print_settings(char *option, char *value, void *nothing)
{
    (void)option;
    (void)value;
    (void)nothing;
    setting_print_head(stdout, true);
    setting_print_rows(stdout, settings_table, "", true);
    exit(0);
}

__attribute__((noreturn)) static void print_version(char *option, char *value, void *nothing)
{
    (void)option;
    (void)value;
    (void)nothing;
    puts("standpy " STANDPY_VERSION);
    exit(0);
}

/* Options that are not settings. */
static const struct uwsgi_option commands[] = {
    {TEXT("standpy-from-env"), required_argument, 0,
     TEXT("take settings from environment variables: from all, or only from the one named"),
     read_variables, NULL, 0},
    {TEXT("standpy-check"), no_argument, 0,
     TEXT("find out whether the engine can start, say why not, and exit"), check_only, NULL, 0},
    {TEXT("standpy-settings"), no_argument, 0,
     TEXT("print the environment variables as a table in Markdown, and exit"), print_settings, NULL,
     0},
    {TEXT("standpy-version"), no_argument, 0, TEXT("print the plugin's version, and exit"),
     print_version, NULL, 0},
};

struct uwsgi_option standpy_options[OPTIONS];

static struct uwsgi_option option_of(const struct setting *setting)
{
    char help[400];
    return (struct uwsgi_option){
        .name = TEXT(setting->option),
        .type = required_argument,
        .help = uwsgi_str(setting_option_help(help, sizeof(help), setting)),
        .func = read_own_option,
        .data = (void *)(uintptr_t)setting,
    };
}

void set_up_options(void)
{
    size_t count = sizeof(commands) / sizeof(*commands);
    memcpy(standpy_options, commands, sizeof(commands));
    for (const struct setting *setting = settings_table; setting->name; setting++) {
        if (!setting_is_own(setting))
            continue;
        if (count + 1 == OPTIONS)
            refuse_start("there are more settings than options"); /* cannot happen */
        standpy_options[count++] = option_of(setting);
    }
    char line[512] = "";
    if (!setting_take_standards(settings_table, &settings,
                                (struct setting_error){line, sizeof(line)}))
        refuse_start(line);
    uwsgi.harakiri_options.workers = atoi(setting_of_option("harakiri")->standard);
}
