/*
 * What may be set, and to what: the one table of the engine's environment variables and options.
 * Pure: reading the environment and telling uWSGI is standpy_plugin.c's part.
 */
#ifndef STANDPY_SETTINGS_H
#define STANDPY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log_level.h"

/* What keeps one script from the next. */
enum isolation {
    ISOLATION_NAMESPACE, /* a fresh module in the same interpreter */
    ISOLATION_PROCESS,   /* a process of its own */
};

/* Whether scripts are confined by Landlock. */
enum sandbox {
    SANDBOX_AUTO, /* where the kernel has it */
    SANDBOX_REQUIRED,
    SANDBOX_OFF,
};

/* What the plugin's own options (standpy-…) say. Strings live as long as the process. */
struct settings {
    const char *conda_env; /* NULL: the python3 on PATH */
    const char *envs_dir;
    const char *preload;         /* NULL: PRELOAD_DEFAULT as far as the environment has them */
    const char *scratch_dir;     /* NULL: a tmpfs is looked for */
    uint64_t request_size_limit; /* bytes; 0: no limit */
    uint64_t memory_limit;       /* of a worker, bytes; 0: no limit */
    enum isolation isolation;
    enum sandbox sandbox;
    bool scratch_exec;    /* scripts may execute what they write */
    const char *env_keep; /* names of variables with commas between: scripts see them; NULL: none */
    const char *env_hide; /* and these not; NULL: none */
    enum log_level log_level;
    bool log_json;
    bool check_only; /* whether the engine could start */
};

#define ENVS_DIR_DEFAULT   "/opt/coding-shared/envs"
#define PRELOAD_DEFAULT    "numpy,pandas,pyarrow"
#define MEMORY_LIMIT_LEAST (UINT64_C(16) << 20) /* bytes */
#define TIMEOUT_DEFAULT    30                   /* seconds */

struct setting {
    const char *variable; /* of the environment, e.g. WORKERS */
    const char *option;   /* of uWSGI or of the plugin, e.g. workers */
    const char *fallback; /* value where the variable is unset or empty; NULL: option stays unset */
    const char *allowed;  /* for the error message and docs/configuration.md */
    bool (*valid)(const char *value);
};

/* The setting of an environment variable or of an option; NULL where there is none. */
const struct setting *setting_of_variable(const char *variable);
const struct setting *setting_of_option(const char *option);

/* Whether a value may be set. */
bool setting_allows(const struct setting *setting, const char *value);

/* The variable that somebody meant who wrote a name which is none; NULL: nothing like it. */
const char *setting_near(const char *name);

/*
 * One line for a value that is not allowed, e.g.
 * "WORKERS=abc is not allowed: it must be a whole number from 1 to 1024".
 */
void setting_error(const struct setting *setting, const char *name, const char *value, char *line,
                   size_t capacity);

#endif
