/*
 * The engine's settings: one table of what may be set, and to what (setting.h).
 * Pure: options.c reads the environment and tells uWSGI.
 */
#ifndef STANDPY_SETTINGS_H
#define STANDPY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log_level.h"
#include "setting.h"

/* What keeps one script from the next. */
enum isolation {
    ISOLATION_NAMESPACE, /* a fresh module in the same interpreter */
    ISOLATION_PROCESS,   /* a process of its own */
};

/* Whether Landlock confines scripts. */
enum sandbox {
    SANDBOX_AUTO, /* as far as the kernel can */
    SANDBOX_REQUIRED,
    SANDBOX_OFF,
};

/* What the plugin's own options (standpy-…) say. Strings live as long as the process. */
struct settings {
    const char *conda_env; /* NULL: the python3 on PATH */
    const char *envs_dir;
    const char *preload;         /* NULL: those of PRELOAD_DEFAULT that the environment has */
    bool preload_learn;          /* import in advance what scripts often import */
    const char *scratch_dir;     /* NULL: the engine looks for a tmpfs */
    uint64_t request_size_limit; /* bytes; 0: no limit */
    uint64_t keep_limit;         /* of all kept contents, bytes; 0: none is kept */
    uint64_t memory_limit;       /* of a worker, bytes; 0: no limit */
    enum isolation isolation;
    enum sandbox sandbox;
    bool scratch_exec;    /* scripts may execute what they write */
    const char *env_keep; /* names of variables with commas between: scripts see them; NULL: none */
    const char *env_hide; /* likewise: scripts do not see them */
    enum log_level log_level;
    bool log_json;
    const char *wsgi_app; /* NULL: there is no WSGI application */
    const char *wsgi_mount;
    const char *app_dir;   /* NULL: it is of the environment */
    unsigned wsgi_workers; /* 0: as many as WORKERS */
    unsigned wsgi_timeout; /* seconds; 0: as TIMEOUT */
    bool wsgi_required;    /* without it the engine does not start */
    bool wsgi_trusts;      /* X-Forwarded-… of everyone */
    bool check_only;       /* only find out whether the engine can start */
};

#define PRELOAD_DEFAULT "numpy,pandas,pyarrow"

/*
 * All settings. access_token.c reads those without an option; those with an option of uWSGI's own
 * have no place in the struct.
 */
extern const struct setting settings_table[];

/* Whether its option is one of the plugin's. */
bool setting_is_own(const struct setting *setting);

/* NULL if there is none. */
const struct setting *setting_of_option(const char *option);

#endif
