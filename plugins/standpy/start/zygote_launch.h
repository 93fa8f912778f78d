/*
 * The zygote's program, started by the master.
 */
#ifndef STANDPY_ZYGOTE_LAUNCH_H
#define STANDPY_ZYGOTE_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the zygote is told; the strings live as long as the process. */
struct zygote_config {
    const char *executable, *library; /* the environment's python3, and its libpython */
    const char *preload;              /* module names with commas between, or none */
    bool preload_required;
    const char *scratch_dir; /* a tmpfs */
    const char *engine_id;   /* names the scratch folders of this engine */
    uint64_t memory_limit;   /* bytes; 0: none */
    int sandbox_abi;         /* of Landlock; 0: scripts are not confined */
    bool filtered;           /* system calls */
    bool process_each;       /* ISOLATION=process */
    bool scratch_exec;       /* SCRATCH_EXEC=on */
    bool learns;             /* PRELOAD_LEARN=on */
};

/* One start. */
struct zygote_launch {
    const struct zygote_config *config;
    const char *learned; /* module names with commas between that it imports, too; "": none */
    int control;         /* the zygote's end of the control socket */
    int successor;       /* of a successor: its end of a socket to the master; else -1 */
    unsigned delay;      /* milliseconds until it begins */
};

/* The new process; -1, perhaps with a line in the log, if there is none. */
pid_t zygote_launch(const struct zygote_launch *launch);

#endif
