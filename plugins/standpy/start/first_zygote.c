#include "first_zygote.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include "uwsgi_api.h"

#include "engine_lock.h"
#include "options.h"
#include "scratch.h"
#include "zygote_keeper.h"

extern struct uwsgi_server uwsgi;

static void refuse_environment(const char *why)
{
    char line[2 * PATH_MAX];
    environment_error(&settings, why, line, sizeof(line));
    refuse_start(line);
}

/* For the files of the application; engine_lock_clear removes it with the engine's folder. */
static void make_kept_folder(struct zygote_config *config)
{
    static char path[PATH_MAX];
    int length =
        snprintf(path, sizeof(path), "%s/standpy-%s/app", config->scratch_dir, config->engine_id);
    if (length >= (int)sizeof(path) || mkdir(path, 0700) != 0)
        refuse_start("cannot make a folder for the application in SCRATCH_DIR");
    config->app_kept = path;
}

static void choose_scratch(struct zygote_config *config)
{
    static char id[ENGINE_ID_CAPACITY];
    char error[PATH_MAX + 200];
    config->scratch_dir = scratch_choose(settings.scratch_dir, error, sizeof(error));
    if (!config->scratch_dir)
        refuse_start(error);
    size_t cleared = engine_lock_clear(config->scratch_dir);
    if (cleared > 0)
        uwsgi_log("standpy: removed what %zu engines left in %s\n", cleared, config->scratch_dir);
    if (!engine_lock(config->scratch_dir, id, error, sizeof(error)))
        refuse_start(error);
    config->engine_id = id;
    if (config->application)
        make_kept_folder(config);
}

void first_zygote_start(struct engine *engine, const struct confinement *confinement)
{
    char error[CONTROL_TEXT + 1];
    if (!environment_find(&engine->environment, &settings, error, sizeof(error)))
        refuse_environment(error);
    struct zygote_config config = {
        .executable = engine->environment.executable,
        .library = engine->environment.library,
        .preload = settings.preload ? settings.preload : PRELOAD_DEFAULT,
        .preload_required = settings.preload != NULL,
        .memory_limit = settings.memory_limit,
        .sandbox_abi = confinement->landlock,
        .filtered = confinement->filter,
        .process_each = settings.isolation == ISOLATION_PROCESS,
        .scratch_exec = settings.scratch_exec,
        .learns = settings.preload_learn,
        .application = settings.wsgi_app,
        .app_folder = settings.app_dir,
        .app_mount = engine->application.mount,
        .app_workers = engine->application.workers,
        .app_required = settings.wsgi_app && settings.wsgi_required,
    };
    choose_scratch(&config);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, engine->control) != 0)
        refuse_start("cannot make the socket between front and zygote");
    enum control_blame blame;
    if (!zygote_keeper_start(&config, engine->control, &blame, error, sizeof(error)))
        (blame == BLAME_ENVIRONMENT ? refuse_environment : refuse_start)(error);
    uwsgi_log("standpy: version " STANDPY_VERSION ", Python %s of %s, library %s\n",
              engine->environment.version, engine->environment.name, engine->environment.library);
    if (settings.wsgi_app)
        uwsgi_log("standpy: the application %s is at %s, it takes %d requests at a time\n",
                  settings.wsgi_app, settings.wsgi_mount, engine->application.workers);
    if (settings.check_only) {
        zygote_keeper_stop();
        exit(0);
    }
}
