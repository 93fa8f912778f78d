/*
 * The router's settings, read once from the environment; the rest of the program sees a const
 * struct. Pure: takes the environment as an array.
 */
#ifndef STANDPY_ROUTER_SETTINGS_H
#define STANDPY_ROUTER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_PORT_DEFAULT 8080
#define LISTEN_DEFAULT      ":80"
#define MAX_THREADS         64

/* One address that serves an engine. */
struct replica {
    char *host; /* without brackets */
    unsigned port;
};

struct engine {
    char *name;  /* lower case, the first segment of the path */
    char *token; /* NULL: open to everyone who reaches the router */
    struct replica *replicas;
    size_t replica_count;
};

struct settings {
    struct engine *engines; /* sorted by name */
    size_t engine_count;
    char *listen_host; /* NULL: every address */
    unsigned listen_port;
    uint64_t request_size_limit; /* bytes; 0: none */
    unsigned threads;            /* 0: one for each processor */
};

/*
 * Reads NAME=value strings up to a NULL. False, and one line in error, where a value is not
 * allowed; a token is never part of that line. settings_finish is due in both cases.
 */
bool settings_read(struct settings *settings, char *const *environment, char *error,
                   size_t capacity);
void settings_finish(struct settings *settings);

#endif
