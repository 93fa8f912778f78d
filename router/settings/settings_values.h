/*
 * The values of the settings; settings.h reads them.
 */
#ifndef STANDPY_ROUTER_SETTINGS_VALUES_H
#define STANDPY_ROUTER_SETTINGS_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host_port.h"
#include "log_level.h"
#include "tokens.h"

#define ENGINE_PORT_DEFAULT 8080
#define MAX_THREADS         64

#define SETTINGS_LONGEST_NAME 280 /* bytes of a variable's name */

/* A name or address under which an engine is reached; a name may stand for several replicas. */
struct host {
    char *name; /* without brackets */
    unsigned port;
};

struct pool;

struct engine {
    char *name;                    /* lower case, the first segment of the path */
    struct tokens tokens;          /* any of them opens the engine */
    struct tokens upstream_tokens; /* the first one is sent to the engine */
    struct host *hosts;
    size_t host_count;
    unsigned queue_limit; /* requests that wait for a worker */
    unsigned wait;        /* seconds that an unsent request may wait for a replica */
    unsigned given;       /* one bit per setting that was given (engine_settings.c) */
    struct pool *pool;    /* its replicas; set by configuration.c */
};

struct settings {
    struct engine *engines; /* sorted by name */
    size_t engine_count;
    struct host_port listen;
    uint64_t request_size_limit; /* bytes; 0: none */
    uint64_t buffer_limit; /* bytes, for clients that are slower than their engine (buffer.h) */
    unsigned threads;      /* 0: depends on the number of processors */
    unsigned stop_timeout; /* seconds that requests in flight have to finish */
    unsigned busy_poll;    /* microseconds that a loop polls for events before it sleeps */
    bool trusts_forwarded; /* a proxy before the router says where clients are */
    bool log_json;
    enum log_level log_level;
    const char *tls_certificate, *tls_key; /* paths of PEM files; both or none */
};

#endif
