/*
 * Starts the zygote's program. In the master.
 */
#ifndef STANDPY_ZYGOTE_LAUNCH_H
#define STANDPY_ZYGOTE_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the master tells the zygote; the strings live as long as the process. */
struct zygote_config {
    const char *executable, *library; /* the environment's python3, and its libpython */
    const char *preload;              /* module names with commas between, or none */
    bool preload_required;
    const char *scratch_dir; /* a tmpfs */
    const char *engine_id;   /* names the scratch folders of this engine */
    uint64_t memory_limit;   /* bytes; 0: none */
    int sandbox_abi;         /* of Landlock; 0: Landlock does not confine scripts */
    bool filtered;           /* system calls */
    bool process_each;       /* ISOLATION=process */
    bool scratch_exec;       /* SCRATCH_EXEC=on */
    bool learns;             /* PRELOAD_LEARN=on */
    const char *application; /* WSGI_APP; NULL: none */
    const char *app_folder;  /* APP_DIR; NULL: none */
    const char *app_mount;
    const char *app_kept; /* a folder that it may write to, and that lives as long as the engine */
    int app_workers;
    bool app_required; /* the engine does not start without it */
};

/* What one start needs; borrowed. */
struct zygote_launch {
    const struct zygote_config *config;
    const char *learned; /* module names with commas between, imported after `preload`; "": none */
    int control;         /* the zygote's end of the control socket */
    int successor;       /* a successor's end of its socket to the master; -1: this is none */
    bool needs_application; /* it has to be loaded before the zygote is ready */
    unsigned delay;         /* milliseconds before the program starts */
};

/* Returns the new process; -1, perhaps with a line in the log, if it cannot start one. */
pid_t zygote_launch(const struct zygote_launch *launch);

#endif
